import { startSandbox } from './sandbox.js';

/** `--deny rds:DescribeDBClusters`, as often as wanted (`rds:*` for all of a service): what the account may not do. */
const denied = process.argv.flatMap((word, index, words) => (words[index - 1] === '--deny' ? [word] : []));

const sandbox = await startSandbox();
for (const match of denied) sandbox.fault({ match, does: 'deny' });
const stop = () => void sandbox.close();
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
process.stdout.write(`${sandbox.url}

An AWS account for trying things out; it is gone when this process ends (Ctrl-C). For example:

  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test npm run --silent arv -- --region us-east-1 --endpoint-url ${sandbox.url}
`);
