/** Safe mode on account of the store's disk: while it has too little room, or refuses writes. */
import type { Transaction } from '../command/transaction.ts';
import type { NamesystemState } from './state.ts';

/** Takes in what the last look at the disk found (FSNamesystem.NameNodeResourceMonitor). */
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

/** The store refused a write, or takes writes again. */
export function noteStore(s: NamesystemState, tx: Transaction, request: { readonly hasFailed: boolean }): void {
  s.blockManager.safeMode.setStoreFailed(request.hasFailed);
  // Work that waited for the end of safe mode goes on.
  if (!request.hasFailed) tx.moreWork();
}
