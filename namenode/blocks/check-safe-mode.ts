/** Refuses changes while safe mode is on. */
import { hadoopError } from '../../runtime/errors.ts';
import type { BlockManagerState } from './block-state.ts';

/** @throws SafeModeException, as `Cannot delete /x. Name node is in safe mode.` and the reason */
export function checkNameNodeSafeMode(s: BlockManagerState, now: number, doing: string): void {
  if (!s.safeMode.isOn) return;
  const tip = s.safeMode.tip(s.datanodes.liveCount, now);
  throw hadoopError(
    'SafeModeException',
    `${doing}. Name node is in safe mode.\n${tip} NamenodeHostName:${s.config.hostName}`,
  );
}
