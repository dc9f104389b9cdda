/** Client of the daemons' fault endpoint. */
import { isHadoopError } from '../../runtime/errors.ts';
import { clientSecret } from '../../runtime/http/cluster-secret.ts';
import type { ActiveFault } from '../../runtime/http/fault-endpoint.ts';
import { sendSigned } from '../../runtime/http/signed-client.ts';
import { type DaemonControl, FaultError } from '../daemons/daemon-control.ts';

const ANSWER_LIMIT_MS = 10_000;

interface Answer {
  readonly faults?: readonly ActiveFault[];
  readonly result?: unknown;
  readonly error?: string;
  /** The refusal of a caller. */
  readonly RemoteException?: { readonly message: string };
  /** The message of a server that has no such route. */
  readonly message?: string;
}

/** Calls a daemon's fault endpoint (runtime/http/fault-endpoint.ts). @throws FaultError with the daemon's reason */
async function ask(
  control: DaemonControl,
  daemon: string,
  method: 'GET' | 'PUT' | 'DELETE',
  kind?: string,
  body?: object,
) {
  requireRunning(control, daemon);
  const url = `http://${control.httpAddress(daemon)}/fault${kind === undefined ? '' : `/${kind}`}`;
  const call = { method, body, secret: clientSecret(control.conf), timeoutMs: ANSWER_LIMIT_MS };
  let response: { readonly status: number; readonly text: string };
  try {
    response = await sendSigned(url, call);
  } catch (cause) {
    if (isHadoopError(cause, 'AccessControlException')) throw new FaultError(cause.message, { cause });
    throw new FaultError(`${daemon} does not answer at ${url}: see its log`, { cause });
  }
  const answer = JSON.parse(response.text) as Answer;
  if (response.status === 200) return answer;
  if (answer.message?.startsWith('Route ')) {
    throw new FaultError(`${daemon} takes no faults: start it with -D calf.fault.injection.enabled=true`);
  }
  const reason = answer.error ?? answer.RemoteException?.message ?? answer.message;
  throw new FaultError(reason ?? `${daemon} answered with status ${response.status}`);
}

/** Checks that a daemon runs. @throws FaultError if it has ended or is paused */
export function requireRunning(control: DaemonControl, daemon: string): void {
  const state = control.state(daemon);
  if (state === 'ended') throw new FaultError(`${daemon} is not running: restart it first`);
  if (state === 'paused') throw new FaultError(`${daemon} is paused: resume it first`);
}

/** Begins a fault. @returns the daemon's answer */
export async function setFault(
  control: DaemonControl,
  daemon: string,
  kind: string,
  settings: object = {},
): Promise<unknown> {
  return (await ask(control, daemon, 'PUT', kind, settings)).result;
}

/** Ends one fault of a daemon, or all of them. */
export async function clearFault(control: DaemonControl, daemon: string, kind?: string): Promise<void> {
  await ask(control, daemon, 'DELETE', kind);
}

/** Returns the faults that a daemon suffers now. */
export async function activeFaults(control: DaemonControl, daemon: string): Promise<readonly ActiveFault[]> {
  return (await ask(control, daemon, 'GET')).faults ?? [];
}
