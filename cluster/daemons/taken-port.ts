/** Tells a user whose cluster finds a port taken which cluster has it, and how to start beside it. */
import path from 'node:path';
import { request } from 'undici';
import { LaunchError } from './launch.ts';
import { ClusterLayout, type DaemonPorts } from './layout.ts';

const ANSWER_MS = 1000;

/** Returns the error of a start with the remedy, if a taken port is its cause; else the error as it is. */
export async function explainTakenPort(error: unknown, masters: DaemonPorts): Promise<unknown> {
  if (!(error instanceof LaunchError) || error.javaClass !== 'java.net.BindException') return error;
  const other = await clusterAt(masters.namenodeHttp);
  const stop = other === undefined ? '' : `The cluster in ${other} runs: stop it with calf stop --dir ${other}. `;
  const message = `${error.message}\n${stop}A cluster beside others takes free ports: calf start --free-ports`;
  return new Error(message, { cause: error });
}

/** Returns the directory of the cluster of this machine whose NameNode has that web address; undefined if there is none. */
async function clusterAt(httpAddress: string): Promise<string | undefined> {
  try {
    const url = `http://${httpAddress}/conf?name=hadoop.tmp.dir`;
    const { statusCode, body } = await request(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const { property } = (await body.json()) as { property?: { value?: unknown } };
    if (statusCode !== 200 || typeof property?.value !== 'string') return undefined;
    const dir = path.dirname(property.value);
    return new ClusterLayout(dir).isCluster() ? dir : undefined;
  } catch {
    // No NameNode of Calf answers there, so another program has the port. That is all that is asked.
    return undefined;
  }
}
