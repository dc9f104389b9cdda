// The modules of Calf that lib/distcp-calf.mjs uses.
export { runCopy } from '../../../cli/distcp/main.ts';
export { Configuration } from '../../../conf/configuration.ts';
