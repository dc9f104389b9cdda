/** Turns safe mode on while the disk of the name directory has too little space or refuses writes. */
import type { Transaction } from '../command/transaction.ts';
import type { NamesystemState } from './state.ts';

/** Notes the result of the last check of disk space (FSNamesystem.NameNodeResourceMonitor). */
export function noteDiskSpace(s: NamesystemState, tx: Transaction, request: { readonly isLow: boolean }): void {
  const { safeMode } = s.blockManager;
  if (request.isLow && !safeMode.isDiskLow) {
    const then = safeMode.isOn ? 'Already in safe mode.' : 'Entering safe mode.';
    tx.log('warn', `NameNode low on available disk space. ${then}`);
  } else if (!request.isLow && safeMode.isDiskLow) {
    tx.log('info', 'Namenode has sufficient available resources, exiting safe mode.');
  }
  safeMode.setDiskLow(request.isLow);
}

/** Notes that the store refused a write, or that it accepts writes again. */
export function noteStore(s: NamesystemState, tx: Transaction, request: { readonly hasFailed: boolean }): void {
  s.blockManager.safeMode.setStoreFailed(request.hasFailed);
  // Continues the work that waited for the end of safe mode.
  if (!request.hasFailed) tx.moreWork();
}
