/** The begin and the end of a full block report: which DataNode may send one now. */
import { hadoopError } from '../../runtime/errors.ts';
import type { DatanodeId } from '../blocks/model.ts';
import type { Transaction } from '../command/transaction.ts';
import type { DatanodeManagerState } from './datanode-state.ts';

export interface BeginBlockReportRequest {
  readonly id: DatanodeId;
  /** Java longs as BlockReportContextProto has them; a lease of NO_LEASE is always accepted. */
  readonly reportId: string | number;
  readonly leaseId: string;
}

/**
 * A DataNode wants to send a full report.
 * @returns false if the DataNode is not known here and has to register
 * @throws InvalidBlockReportLeaseException, after which the DataNode asks for a lease anew
 */
export function beginBlockReport(s: DatanodeManagerState, tx: Transaction, request: BeginBlockReportRequest): boolean {
  const { id, reportId, leaseId } = request;
  if (s.blockManager.datanodes.registered(id) === undefined) return false;
  if (s.reportLeases.isValid(id.datanodeUuid, leaseId, tx.now)) return true;
  throw hadoopError(
    'InvalidBlockReportLeaseException',
    `Block report 0x${hexOf(reportId)} was rejected as lease 0x${hexOf(leaseId)} is invalid`,
  );
}

/** The DataNode's full report is complete: its lease goes to another one. */
export function endBlockReport(s: DatanodeManagerState, _tx: Transaction, request: { readonly id: DatanodeId }): void {
  s.reportLeases.remove(request.id.datanodeUuid);
}

/** Returns a Java long in hexadecimal, as Long.toHexString. */
const hexOf = (long: number | string): string => BigInt.asUintN(64, BigInt(long)).toString(16);
