/** The page /jmx: a daemon's figures as JSON, selected as in Hadoop's JMXJsonServlet. */
import type { FastifyInstance } from 'fastify';
import { messageOf } from '../errors.ts';
import { MalformedObjectNameError, ObjectName } from './object-name.ts';

/** One bean: its name as in `Hadoop:service=NameNode,name=NameNodeInfo`, and its attributes as JSON values. */
export interface Bean {
  readonly name: string;
  /** The Java class, or the name of the metrics record, that a Hadoop daemon shows for this bean. */
  readonly modelerType: string;
  readonly [attribute: string]: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const BAD_REQUEST = 400;
const NOT_FOUND = 404;

/**
 * Serves `GET /jmx`.
 *
 *     /jmx?qry=PATTERN            the beans that the pattern of ObjectName selects; without it all beans
 *     /jmx?get=PATTERN::ATTRIBUTE one attribute of each bean; status 404 where a bean does not have it
 *
 * A parameter that is not well formed is answered with status 400.
 */
export function addJmx(server: FastifyInstance, beans: () => readonly Bean[]): void {
  server.get<{ Querystring: Record<string, string | string[] | undefined> }>('/jmx', ({ query }, reply) => {
    const { status, body } = answerTo(beans, first(query.get), first(query.qry));
    return reply.code(status).send(body);
  });
}

/** Returns the value of a parameter that is given several times: the first one, as a Java servlet's getParameter. */
const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

function answerTo(beans: () => readonly Bean[], get: string | undefined, qry: string | undefined): Answer {
  try {
    if (get === undefined) return { status: 200, body: { beans: select(beans(), qry ?? '*:*') } };
    const parts = get.split('::');
    // Java's split() leaves out empty parts at the end.
    while (parts.at(-1) === '') parts.pop();
    const [pattern, attribute] = parts;
    if (pattern === undefined || attribute === undefined || parts.length > 2) {
      return { status: BAD_REQUEST, body: failure('query format is not as expected.') };
    }
    return attributeOf(select(beans(), pattern), attribute);
  } catch (e) {
    if (e instanceof MalformedObjectNameError) return { status: BAD_REQUEST, body: failure(messageOf(e)) };
    throw e;
  }
}

function select(beans: readonly Bean[], pattern: string): Bean[] {
  const wanted = ObjectName.parse(pattern);
  return beans.filter((bean) => wanted.matches(ObjectName.parse(bean.name)));
}

function attributeOf(beans: readonly Bean[], attribute: string): Answer {
  const answered: object[] = [];
  for (const bean of beans) {
    const { name, modelerType } = bean;
    const value = Object.hasOwn(bean, attribute) ? bean[attribute] : undefined;
    if (value === undefined || value === null) {
      const missing = { name, modelerType, ...failure(`No attribute with name ${attribute} was found.`) };
      return { status: NOT_FOUND, body: { beans: [...answered, missing] } };
    }
    answered.push({ name, modelerType, [attribute]: value });
  }
  return { status: 200, body: { beans: answered } };
}

const failure = (message: string): object => ({ result: 'ERROR', message });

/** Returns the bean that tells of this process's memory, in bytes. */
export function memoryBean(): Bean {
  const { heapUsed, heapTotal } = process.memoryUsage();
  return {
    name: 'java.lang:type=Memory',
    modelerType: 'sun.management.MemoryImpl',
    HeapMemoryUsage: { used: heapUsed, committed: heapTotal },
  };
}
