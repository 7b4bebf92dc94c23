import * as sdk from '@aws-sdk/client-rds';
import type { Network } from './network.js';
import { AWKWARD_TAGS } from './words.js';

/** RDS gives a hundred at once: these take a second page. */
const PARAMETER_GROUPS = 101;

const Tags = AWKWARD_TAGS;
const LOGIN = { MasterUsername: 'admin', MasterUserPassword: 'planted-database-password' };

/** What must be found in no file and no log. */
export const DATABASE_SECRETS: readonly string[] = [LOGIN.MasterUserPassword];

export async function fillDatabases(rds: sdk.RDSClient, network: Network): Promise<void> {
  await makeGroups(rds, network);
  await makeInstances(rds, network);
  await makeClusters(rds);
}

async function makeGroups(rds: sdk.RDSClient, network: Network): Promise<void> {
  const SubnetIds = [...network.subnets];
  for (const [name, more] of [['databases', { Tags }] as const, ['untagged', {}] as const]) {
    const about = { DBSubnetGroupName: name, DBSubnetGroupDescription: '店舗のデータベース' };
    await rds.send(new sdk.CreateDBSubnetGroupCommand({ ...about, SubnetIds, ...more }));
  }
  for (let at = 0; at < PARAMETER_GROUPS; at++) {
    const about = { DBParameterGroupName: `mysql-${at}`, DBParameterGroupFamily: 'mysql8.0', Description: `第${at}` };
    await rds.send(new sdk.CreateDBParameterGroupCommand({ ...about, ...(at % 50 === 0 && { Tags }) }));
  }
}

/** Each with a manual snapshot, beside those that RDS takes by itself. */
async function makeInstances(rds: sdk.RDSClient, network: Network): Promise<void> {
  const size = { Engine: 'mysql', DBInstanceClass: 'db.t4g.medium', AllocatedStorage: 20, ...LOGIN };
  const groups = { DBSubnetGroupName: 'databases', VpcSecurityGroupIds: [network.group] };
  const orders = { DBInstanceIdentifier: 'orders', DBParameterGroupName: 'mysql-0', ...groups, Tags };
  const snapshot = async (DBInstanceIdentifier: string, DBSnapshotIdentifier: string, more = {}) =>
    rds.send(new sdk.CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier, ...more }));
  await rds.send(new sdk.CreateDBInstanceCommand({ ...size, ...orders }));
  await rds.send(new sdk.CreateDBInstanceCommand({ ...size, DBInstanceIdentifier: 'members' }));
  await snapshot('orders', 'orders-before-sale', { Tags });
  await snapshot('members', 'members-upgrade');
}

async function makeClusters(rds: sdk.RDSClient): Promise<void> {
  const engine = { Engine: 'aurora-mysql', ...LOGIN };
  for (const [id, more] of [['catalog', { Tags }] as const, ['reviews', {}] as const]) {
    await rds.send(new sdk.CreateDBClusterCommand({ ...engine, DBClusterIdentifier: id, ...more }));
    const snapshot = { DBClusterIdentifier: id, DBClusterSnapshotIdentifier: `${id}-before-migration` };
    await rds.send(new sdk.CreateDBClusterSnapshotCommand({ ...snapshot, ...more }));
  }
  const member = { DBInstanceIdentifier: 'catalog-1', DBClusterIdentifier: 'catalog' };
  const size = { Engine: 'aurora-mysql', DBInstanceClass: 'db.r6g.large' };
  await rds.send(new sdk.CreateDBInstanceCommand({ ...size, ...member }));
}
