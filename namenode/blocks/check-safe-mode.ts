/** Refuses changes while safe mode is on. */
import { hadoopError } from '../../runtime/errors.ts';
import type { BlockManagerState } from './block-state.ts';

/**
 * Refuses a change while safe mode is on.
 * @param doing the first sentence of the message, such as `Cannot delete /x`
 * @throws SafeModeException with `doing`, and the reason why safe mode is on
 */
export function checkNameNodeSafeMode(s: BlockManagerState, now: number, doing: string): void {
  if (!s.safeMode.isOn) return;
  const tip = s.safeMode.tip(s.datanodes.liveCount, now);
  throw hadoopError(
    'SafeModeException',
    `${doing}. Name node is in safe mode.\n${tip} NamenodeHostName:${s.config.hostName}`,
  );
}
