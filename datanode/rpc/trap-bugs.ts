/** Keeps bugs from being answered to a caller of the IPC port. */
import type { BugTrap } from '../replicas/bug-trap.ts';

type AnyHandler = (request: unknown, call: unknown) => unknown;

/**
 * Returns the handlers of a protocol so that they throw failures as they are and any other exception as a Bug. The RPC
 * server answers a failure, and closes the connection of a caller whose call met a Bug.
 */
export function trapBugs<H extends object>(protocol: string, handlers: H, bugs: BugTrap): H {
  const trapped = Object.entries(handlers).map(([method, handler]: [string, AnyHandler]) => {
    const trappedHandler: AnyHandler = async (request, call) => {
      try {
        return await handler(request, call);
      } catch (e) {
        throw bugs.ofWork(`${protocol}.${method}`, request, e);
      }
    };
    return [method, trappedHandler];
  });
  return Object.fromEntries(trapped) as H;
}
