/** The headers of every answer that tell a browser what pages of other sites, and texts in our own pages, may not do. */
import type { FastifyInstance } from 'fastify';

/**
 * Hadoop's HttpServer2 sends the first two. Our pages have no script and load nothing, so that a text of a user in a page
 * could do nothing even if the page did not escape it, and no page of another site may load an answer as part of itself.
 */
export const BROWSER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Has the server send the headers with every answer, refusals too. To be called before other hooks are added. */
export function addBrowserHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(BROWSER_HEADERS);
    done();
  });
}
