/** Turns safe mode on and off for an administrator. */
import { safeModeLeft } from '../blocks/leave-safe-mode.ts';
import { giveFutureUp } from '../blocks/lost-future.ts';
import type { Transaction } from '../command/transaction.ts';
import type { NamesystemState } from './state.ts';

export interface SetSafeModeRequest {
  readonly action: 'ENTER' | 'LEAVE' | 'GET' | 'FORCE_EXIT';
}

/**
 * Turns safe mode on or off (`dfsadmin -safemode`). While blocks of an unknown future keep safe mode on, only FORCE_EXIT
 * ends it, and gives these blocks up. FORCE_EXIT also gives up those that were found after safe mode had ended.
 * @returns whether safe mode is on afterwards
 */
export function setSafeMode(s: NamesystemState, tx: Transaction, request: SetSafeModeRequest): boolean {
  const { safeMode } = s.blockManager;
  const { action } = request;
  if (action === 'ENTER') safeMode.becomeManual();
  if (action === 'FORCE_EXIT') giveFutureUp(s.blockManager, tx);
  if (action === 'LEAVE' || action === 'FORCE_EXIT') leave(s, tx);
  return safeMode.isOn;
}

function leave(s: NamesystemState, tx: Transaction): void {
  const { safeMode } = s.blockManager;
  if (safeMode.future.keepsSafeModeOn) {
    tx.log(
      'warn',
      'Refusing to leave safe mode without a force flag. Exiting safe mode will cause a deletion of ' +
        `${safeMode.future.bytes} byte(s). Please use -forceExit flag to exit safe mode forcefully if data loss is acceptable.`,
    );
    return;
  }
  if (!safeMode.isOn) return;
  safeMode.leave();
  // Clients could not renew their leases in safe mode, so this time must not count as silence.
  s.namespace.leases.renewAll(tx.now);
  safeModeLeft(s.blockManager, tx);
}
