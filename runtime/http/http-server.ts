import type { FastifyInstance } from 'fastify';
import { HadoopError, hadoopError } from '../errors.ts';

/** @throws BindException naming the property whose address can't be used */
export async function listenOn(
  server: FastifyInstance,
  host: string,
  port: number,
  property: string,
): Promise<{ host: string; port: number }> {
  try {
    await server.listen({ host, port });
  } catch (e) {
    const reason = e instanceof Error ? e.message : String(e);
    throw hadoopError('BindException', `Problem binding to [${host}:${port}] of ${property}: ${reason}`, e);
  }
  const address = server.server.address();
  if (typeof address !== 'object' || !address) throw new Error('The server has no address');
  return { host, port: address.port };
}

/** Failures are answered as WebHDFS answers them: exception, javaClassName, message. */
export function sendErrors(server: FastifyInstance): void {
  server.setErrorHandler((error, _request, reply) => {
    const { javaClass, code, message } = HadoopError.from(error);
    const status = typeof error === 'object' && error && 'statusCode' in error ? Number(error.statusCode) : 500;
    void reply
      .code(status >= 400 ? status : 500)
      .send({ RemoteException: { exception: code, javaClassName: javaClass, message } });
  });
}
