import { expect, test } from 'vitest';
import { tableOf } from '../../batch/commands/table.js';

test('no cell of a table is obeyed by a terminal', () => {
  const table = tableOf([{ file: 'a\u001b[2J\u0007\u009b31m.json', count: 1 }]);
  expect(table).toContain('│ a·[2J··31m.json │ 1     │');
});
