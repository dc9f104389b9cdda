/** Checks requests against schemas. A schema is compiled with its first request, because that would slow a start. */
import type { FastifyRequest } from 'fastify';
import { hadoopError } from '../errors.ts';

const BAD_REQUEST = 400;

/**
 * Returns a `preValidation` hook of a route. A body or query that does not fit is answered with status 400 and a
 * message that names the place and the expected value, such as `body/splits/0/start must be integer`.
 */
export function fits(part: 'body' | 'querystring', schema: object): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const validate = request.compileValidationSchema(schema as Record<string, unknown>, part);
    if (validate((part === 'body' ? request.body : request.query) ?? null)) return;
    const places = (validate.errors ?? []).map((error) => `${part}${error.instancePath} ${error.message}`);
    throw Object.assign(hadoopError('IllegalArgumentException', places.join(', ')), { statusCode: BAD_REQUEST });
  };
}
