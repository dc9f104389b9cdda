/** The page /conf: a daemon's configuration as XML or JSON without its secrets (Hadoop's ConfServlet). */
import type { FastifyInstance } from 'fastify';
import type { Configuration } from '../../conf/configuration.ts';
import { KEYS } from '../../conf/keys/index.ts';
import { escapeXml } from '../../conf/xml.ts';
import { hadoopError } from '../errors.ts';
import { SECRET_IN_JSON, sensitiveKeys } from './config-redactor.ts';

const NOT_FOUND = 404;
/** The text that Hadoop shows in place of a secret in XML. */
const SECRET_IN_XML = '******';

/**
 * Serves `GET /conf`: every property that is set or known, as XML; as JSON for a client whose Accept header names json.
 * `/conf?name=PROPERTY` is one property; status 404 for an unknown one.
 */
export function addConfPage(server: FastifyInstance, conf: Configuration): void {
  // A property that is no regular expression is refused at the start.
  sensitiveKeys(conf);
  server.get<{ Querystring: { name?: string } }>('/conf', ({ headers, query: { name } }, reply) => {
    const value = name ? conf.getRaw(name) : undefined;
    if (name && value === undefined) {
      throw Object.assign(hadoopError('IllegalArgumentException', `Property ${name} not found`), {
        statusCode: NOT_FOUND,
      });
    }
    const isSecret = sensitiveKeys(conf);
    const names = name ? [name] : allNames(conf);
    if (headers.accept?.includes('json')) {
      const properties = names.map((key) => ({
        key,
        value: isSecret(key) ? SECRET_IN_JSON : conf.getRaw(key),
        isFinal: conf.isFinal(key),
      }));
      return reply.send(name ? { property: properties[0] } : { properties });
    }
    const rows = names.map((key) => xmlRow(key, isSecret(key) ? SECRET_IN_XML : (conf.getRaw(key) ?? ''), conf));
    return reply
      .type('text/xml; charset=utf-8')
      .send(`<?xml version="1.0" encoding="UTF-8"?>\n<configuration>\n${rows.join('')}</configuration>\n`);
  });
}

function allNames(conf: Configuration): string[] {
  return [...new Set([...Object.keys(KEYS), ...conf.entries().map(([name]) => name)])].sort();
}

function xmlRow(name: string, value: string, conf: Configuration): string {
  const parts = [`<name>${escapeXml(name)}</name>`, `<value>${escapeXml(value)}</value>`];
  return `<property>${parts.join('')}<final>${conf.isFinal(name)}</final></property>\n`;
}
