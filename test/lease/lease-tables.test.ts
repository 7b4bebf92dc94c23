import { leaseTableContract } from '../contract/lease-table-contract.js';
import { TABLES } from './tables.js';

for (const [name, open] of Object.entries(TABLES)) leaseTableContract(name, open);
