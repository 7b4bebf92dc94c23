import { startSandbox } from './sandbox.js';

const sandbox = await startSandbox();
const stop = () => void sandbox.close();
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
process.stdout.write(`${sandbox.url}

An AWS account for trying things out; it is gone when this process ends (Ctrl-C). For example:

  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test npm run arv -- --region us-east-1 --endpoint-url ${sandbox.url}
`);
