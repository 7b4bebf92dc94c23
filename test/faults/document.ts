import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FAULTS, KINDS, LASTS, MAX_RETRIES, type Outcome, ROWS, type Row } from './matrix.js';
import { STORE_ROWS, type StoreOutcome, type StoreRow } from './store.js';
import { S3_KINDS, S3_ROWS, type S3Outcome, type S3Row } from './store-on-s3.js';

export const LANGS = ['en', 'ja'] as const;
type Lang = (typeof LANGS)[number];

const PATHS = { en: 'failure-modes.md', ja: 'failure-modes.ja.md' };
const pathOf = (lang: Lang) => fileURLToPath(new URL(`../../docs/${PATHS[lang]}`, import.meta.url));

const WORDS = {
  en: {
    head: `# What each fault does

English | [日本語](failure-modes.ja.md)

Made by \`test/scale/faults.test.ts\`, which fails when a line is not what it measures; do not edit. To make it again:
\`ARV_WRITE_DOCS=1 npm run test:scale -- faults\`. \`npm test\` measures about a fifth of the lines.

Each line is one run of the built program over real sockets. A proxy stands between it and the sandbox account and does
this to the calls of one operation, to the first one only (\`once\`) or to each of them (\`always\`); of a detail, to the
calls for one resource. \`MAX_RETRIES\` is ${MAX_RETRIES}, so that a call has ${MAX_RETRIES + 1} tries. In each run it is checked as well that the
process ends by itself, that stderr is lines of JSON and stdout one document, that \`Retry-After\` is waited for, that
every other unit is complete and holds all that the account has, and that no secret stands in anything printed, logged
or stored.

- **exit**, **error_code**: how the run ends. **status**, **class**, **code**, **attempts**: of the unit, in the ledger
  and in \`errors\`; for STS and the lease the code is that in the message. What each code asks for is in the
  [runbook](runbook.md).
- **calls**: requests for the operation that left the program in the whole run, all tries together (a detail: for the
  one resource). \`≤\`: the run asks until its lease of 4 seconds has ended.
- **others**: units of the run besides this one that are complete. **records**: what is kept of the unit.

Credentials that expire on the way: \`test/faults/expiry.test.ts\`.`,
    store: `## The store, a directory

Nothing is published. **kept**: units whose files are whole. **next run**: its exit code, once the store is as it should
be again, and how many units it still reads; after it, nothing half-written is left.`,
    storeColumns: '| store | when | exit | error_code | code | kept | next run |',
    s3: `## The store on S3

Made by \`test/scale/faults-on-s3.test.ts\`: the same faults between the program and the store's bucket, on one kind of
request; the service read is Lambda, its three units. **code**: in the error, in the warning \`PROJECTION_LAGGING\`, or of a
unit in the log's \`cache.damaged\`. **calls**: to the first object (folder, for a listing) that was hit, all tries
together; a run that goes on may need it more than once. **manifest**: published by this run. **Parquet**: of the day's
newest manifest (\`yes\`), of none (\`no\`), or it \`lags\`. **kept**: units whose files are whole. **next run**: its exit
code without the fault, and how many units it still reads; after it the day is whole, published once by each run, and the
Parquet file is that of its manifest. An upload whose answers were all lost is looked for before the run fails.`,
    s3Columns: '| fault | when | exit | error_code | code | calls | manifest | Parquet | kept | next run |',
    columns: '| fault | when | exit | error_code | status | class | code | attempts | calls | others | records |',
    lasts: { once: 'once', always: 'always' },
    others: (cell: string) => cell,
  },
  ja: {
    head: `# 障害ごとの結果

[English](failure-modes.md) | 日本語

\`test/scale/faults.test.ts\` が生成します。測定と異なる行があるとテストは失敗します。手で編集せず、
\`ARV_WRITE_DOCS=1 npm run test:scale -- faults\` で作り直してください。\`npm test\` は約 5 分の 1 の行を測定します。

1 行は、ビルド済みのプログラムを実際のソケットで 1 回実行した結果です。サンプルアカウントとの間に置いたプロキシが、
ある API の最初の呼び出しだけ（\`1 回\`）、またはすべての呼び出し（\`毎回\`）に障害を起こします（詳細の API では 1 つの
リソースの呼び出しだけ）。\`MAX_RETRIES\` は ${MAX_RETRIES} で、1 回の呼び出しは最大 ${MAX_RETRIES + 1} 回試行されます。どの実行でも、プロセスが自分で
終了すること、ほかのユニットが失われないこと、秘密の値がどこにも出力・保存されないことを確認しています。

- **calls**: その API に送ったリクエストの総数（再試行を含む）。\`≤\` は、4 秒のリースが切れるまで問い合わせ続ける場合です。
- **others**: ほかのユニットのうち complete のもの。**records**: このユニットで残ったレコード数。

途中で期限が切れる認証情報: \`test/faults/expiry.test.ts\`。`,
    store: `## 保存先（ディレクトリ）

何も公開されません。**kept**: 読み終えてファイルが残ったユニット。**次の実行**: 保存先が元に戻ったあとの終了コードと、まだ読み取る
ユニットの数。そのあとに書きかけのファイルは残りません。`,
    storeColumns: '| 保存先 | 時点 | exit | error_code | code | kept | 次の実行 |',
    s3: `## 保存先（S3）

\`test/scale/faults-on-s3.test.ts\` が生成します。プログラムと保存先のバケットの間で、1 種類のリクエストに同じ障害を起こします。読み取る
サービスは Lambda（3 ユニット）です。**code**: エラー、警告 \`PROJECTION_LAGGING\`、またはログの \`cache.damaged\` にあるコード。
**calls**: 最初に障害を受けたオブジェクト（一覧ではフォルダー）へのリクエストの総数。**manifest**: この実行が公開したか。**Parquet**:
その日の最新のマニフェストのもの（\`yes\`）、なし（\`no\`）、遅れている（\`lags\`）。**kept**: ファイルが残ったユニット。**次の実行**:
障害がないときの終了コードと、まだ読み取るユニットの数。応答がすべて失われたアップロードは、失敗とする前に保存されたかを確認します。`,
    s3Columns: '| 障害 | 回数 | exit | error_code | code | calls | manifest | Parquet | kept | 次の実行 |',
    columns: '| 障害 | 回数 | exit | error_code | status | class | code | attempts | calls | others | records |',
    lasts: { once: '1 回', always: '毎回' },
    others: (cell: string) =>
      cell.replace('nothing read', '読み取りなし').replace('none published', '公開なし').replace(' of ', '/'),
  },
} as const;

export interface Measured {
  readonly calls: ReadonlyMap<Row, Outcome>;
  readonly store: ReadonlyMap<StoreRow, StoreOutcome>;
}

export function lineOf({ fault, lasts }: Row, outcome: Outcome, lang: Lang): string {
  const { exit, errorCode, status, errorClass, code, attempts, calls, others, records } = outcome;
  const words = WORDS[lang];
  const name = lang === 'en' ? fault.name : fault.ja;
  const cells = [name, words.lasts[lasts], exit, errorCode, status, errorClass, code, attempts, calls];
  return `| ${[...cells, words.others(others), records].join(' | ')} |`;
}

export function storeLineOf({ fault, when }: StoreRow, outcome: StoreOutcome, lang: Lang): string {
  const { exit, errorCode, code, kept, nextExit, nextReads, units } = outcome;
  const of = (count: number) => WORDS[lang].others(`${count} of ${units}`);
  return `| ${[fault[lang], when[lang], exit, errorCode, code, of(kept), `${nextExit}, ${of(nextReads)}`].join(' | ')} |`;
}

const headingOf = (kind: Row['kind']) => `## ${kind.name} (\`${kind.operation}\`)`;

export function render(measured: Measured, lang: Lang): string {
  const words = WORDS[lang];
  const rule = ruleOf(words.columns);
  const sections = KINDS.map((kind) => {
    const lines = ROWS.filter((row) => row.kind === kind).map((row) => {
      const outcome = measured.calls.get(row);
      if (outcome === undefined) throw new Error(`not measured: ${kind.name}, ${row.fault.name}, ${row.lasts}`);
      return lineOf(row, outcome, lang);
    });
    return [headingOf(kind), '', words.columns, rule, ...lines].join('\n');
  });
  const store = STORE_ROWS.map((row) => storeLineOf(row, measured.store.get(row) as StoreOutcome, lang));
  const last = [words.store, '', words.storeColumns, ruleOf(words.storeColumns), ...store].join('\n');
  return `${[words.head, ...sections, last].join('\n\n')}\n`;
}

export function s3LineOf({ fault, lasts }: Pick<S3Row, 'fault' | 'lasts'>, outcome: S3Outcome, lang: Lang): string {
  const { exit, errorCode, code, calls, manifest, parquet, kept, nextExit, nextReads, units } = outcome;
  const words = WORDS[lang];
  const of = (count: number) => words.others(`${count} of ${units}`);
  const name = lang === 'en' ? fault.name : fault.ja;
  const cells = [name, words.lasts[lasts], exit, errorCode, code, calls, manifest, parquet];
  return `| ${[...cells, of(kept), `${nextExit}, ${of(nextReads)}`].join(' | ')} |`;
}

/** The last section, which a suite of its own measures. */
export function renderS3(measured: ReadonlyMap<S3Row, S3Outcome>, lang: Lang): string {
  const { s3, s3Columns } = WORDS[lang];
  const parts = S3_KINDS.map((kind) => {
    const lines = S3_ROWS.filter((row) => row.kind === kind).map((row) => {
      const outcome = measured.get(row);
      if (outcome === undefined) throw new Error(`not measured: ${kind.name}, ${row.fault.name}, ${row.lasts}`);
      return s3LineOf(row, outcome, lang);
    });
    return [`### ${kind.name} (\`${kind.operation}\`)`, '', s3Columns, ruleOf(s3Columns), ...lines].join('\n');
  });
  return `${[s3, ...parts].join('\n\n')}\n`;
}

function ruleOf(columns: string): string {
  return columns.replace(/[^|]+/g, ' --- ');
}

/** The document up to the section about S3, and that. */
export function readDocument(lang: Lang): { readonly calls: string; readonly s3: string } {
  const text = readFileSync(pathOf(lang), 'utf8');
  const at = text.indexOf(headOf(WORDS[lang].s3));
  return at < 0 ? { calls: text, s3: '' } : { calls: text.slice(0, at - 1), s3: text.slice(at) };
}

export function writeDocument(lang: Lang, part: Partial<ReturnType<typeof readDocument>>): void {
  const { calls, s3 } = { ...readDocument(lang), ...part };
  writeFileSync(pathOf(lang), `${calls}\n${s3}`);
}

function headOf(section: string): string {
  return section.slice(0, section.indexOf('\n'));
}

/** The committed line of a row. Each kind has its section, with its lines in the order of the rows. */
export function committedLine({ kind, fault, lasts }: Row, lang: Lang): string | undefined {
  const section =
    readDocument(lang)
      .calls.split(`${headingOf(kind)}\n`)[1]
      ?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines[2 + FAULTS.indexOf(fault) * LASTS.length + LASTS.indexOf(lasts)];
}

/** The committed line of a row about S3. */
export function committedS3Line({ kind, fault, lasts }: S3Row, lang: Lang): string | undefined {
  const section = readDocument(lang).s3.split(`### ${kind.name} (`)[1]?.split('\n### ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines[2 + FAULTS.indexOf(fault) * LASTS.length + LASTS.indexOf(lasts)];
}
