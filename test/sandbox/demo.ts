import { dispatch } from '../../batch/commands/dispatch.js';
import { systemClock } from '../../batch/commands/host.js';
import { DEFAULT_LANG, detectLang } from '../../batch/config/lang.js';
import { fill, type Text } from '../../batch/contract/text.js';
import { VERSION } from '../../batch/version.js';
import { startSandbox } from './sandbox.js';

const INTRODUCTION: Text = {
  ja: '見本の AWS アカウントを {url} に起動し、収集します（AWS にも Docker にも接続しません）。\n',
  en: 'A sample AWS account is up at {url} and is being collected (no AWS, no Docker).\n',
};
const NEXT_STEPS: Text = {
  ja: `
台帳（マニフェスト）は上の JSON ファイル、リソースは data/demo/units/ 以下の NDJSON にあります。たとえば:

  gzip -dc data/demo/units/*/*/us-east-1/AWS-EC2-Instance/*.ndjson.gz | head -1

SQL でも調べられます:

  npm run --silent arv -- query --tenant demo --name unattached-volumes --output table

自分のアカウントを収集するには:

  npm run arv -- --region us-east-1 --profile <プロファイル名>
`,
  en: `
The ledger (manifest) is in the JSON files above, the resources are NDJSON below data/demo/units/. For example:

  gzip -dc data/demo/units/*/*/us-east-1/AWS-EC2-Instance/*.ndjson.gz | head -1

Or ask in SQL:

  npm run --silent arv -- query --tenant demo --name unattached-volumes --output table

To collect an account of your own:

  npm run arv -- --region us-east-1 --profile <name of a profile>
`,
};

const lang = detectLang([], process.env) ?? DEFAULT_LANG;
const sandbox = await startSandbox();
// The sample account takes any key; a real one, should the environment have it, must not be sent there.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'demo', AWS_SECRET_ACCESS_KEY: 'demo-secret-key' });
delete process.env.AWS_SESSION_TOKEN;
delete process.env.AWS_PROFILE;
process.removeAllListeners('warning');
process.on('warning', () => {});
process.stdout.write(fill(INTRODUCTION[lang], { url: sandbox.url }));
const args = `--region us-east-1 --endpoint-url ${sandbox.url} --tenant demo --output table --log-level warn --clear-cache`;
const { stdout, exitCode } = await dispatch(args.split(' '), VERSION, {
  env: { ARV_LANG: lang },
  clock: systemClock,
  random: Math.random,
  owner: 'demo',
  ask: null,
  stderr: process.stderr,
  stdoutIsTerminal: process.stdout.isTTY,
  stderrIsTerminal: process.stderr.isTTY,
  signal: new AbortController().signal,
});
await sandbox.close();
process.stdout.write(String(stdout));
if (exitCode === 0) process.stdout.write(NEXT_STEPS[lang]);
process.exitCode = exitCode;
