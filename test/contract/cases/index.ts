// Lists all cases of the contract.
import type { ContractCase } from '../ground.ts';
import { ATTRIBUTES } from './attributes.ts';
import { CHANGE } from './change.ts';
import { CREATE } from './create.ts';
import { LOOK } from './look.ts';
import { DELETE, MKDIRS, RENAME } from './names.ts';
import { READ } from './read.ts';

export const FILE_SYSTEM_CONTRACT: readonly ContractCase[] = [
  ...CREATE,
  ...CHANGE,
  ...MKDIRS,
  ...RENAME,
  ...DELETE,
  ...LOOK,
  ...READ,
  ...ATTRIBUTES,
];
