/** `hdfs dfsadmin -safemode`: enters, leaves, shows or waits for the end of safe mode. */
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { SafeModeActionProto } from '../../protocol/gen/messages.ts';
import { sleep } from '../../runtime/promises.ts';
import { UsageError } from '../options/usage-error.ts';
import type { Print } from '../terminal/terminal.ts';

const POLL_MS = 500;

const ACTIONS: Readonly<Record<string, SafeModeActionProto>> = {
  enter: SafeModeActionProto.SAFEMODE_ENTER,
  leave: SafeModeActionProto.SAFEMODE_LEAVE,
  get: SafeModeActionProto.SAFEMODE_GET,
  wait: SafeModeActionProto.SAFEMODE_GET,
  forceexit: SafeModeActionProto.SAFEMODE_FORCE_EXIT,
};

/** -safemode enter|leave|get|wait|forceExit, in any case. @returns exit status @throws UsageError */
export async function safeMode(client: DfsClient, word: string, print: Print): Promise<number> {
  const wanted = word.toLowerCase();
  const action = ACTIONS[wanted];
  if (action === undefined) throw new UsageError();
  const ask = async () => (await client.call(ClientNamenode.setSafeMode, { action, checked: false })).result;
  let isOn = await ask();
  while (wanted === 'wait' && isOn) {
    await sleep(POLL_MS);
    isOn = await ask();
  }
  print(`Safe mode is ${isOn ? 'ON' : 'OFF'}`);
  return 0;
}
