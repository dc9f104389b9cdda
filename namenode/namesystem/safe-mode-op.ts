/** Turns safe mode on and off for an administrator. */
import { safeModeLeft } from '../blocks/leave-safe-mode.ts';
import type { Transaction } from '../command/transaction.ts';
import type { NamesystemState } from './state.ts';

export interface SetSafeModeRequest {
  readonly action: 'ENTER' | 'LEAVE' | 'GET' | 'FORCE_EXIT';
}

/**
 * Turns safe mode on or off (`dfsadmin -safemode`).
 * @returns whether safe mode is on afterwards
 */
export function setSafeMode(s: NamesystemState, tx: Transaction, request: SetSafeModeRequest): boolean {
  const { safeMode } = s.blockManager;
  if (request.action === 'ENTER') safeMode.becomeManual();
  else if (request.action !== 'GET' && safeMode.isOn) {
    safeMode.leave();
    // Clients could not renew their leases in safe mode, so this time must not count as silence.
    s.namespace.leases.renewAll(tx.now);
    safeModeLeft(s.blockManager, tx);
  }
  return safeMode.isOn;
}
