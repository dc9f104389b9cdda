/** Names of beans and patterns of such names, by the rules of Java's javax.management.ObjectName. Pure. */
import { wildcardMatches } from './wildcard.ts';

/** A text that is no name and no pattern (Java: MalformedObjectNameException). */
export class MalformedObjectNameError extends Error {
  override readonly name = 'MalformedObjectNameError';
}

const malformed = (reason: string): never => {
  throw new MalformedObjectNameError(reason);
};

/**
 * A bean's name, or a pattern of names:
 *
 *     Hadoop:service=NameNode,name=FSNamesystem    one bean; the order of its properties does not matter
 *     Hadoop:service=NameNode,name=*               `*` and `?` in the domain and in the values of properties
 *     Hadoop:service=NameNode,*                    a `*` that stands alone: any further properties
 *     *:*                                          all beans
 */
export class ObjectName {
  readonly #domain: string;
  readonly #properties: ReadonlyMap<string, string>;
  /** Whether a name that matches may have more properties than the pattern. */
  readonly #isOpen: boolean;

  private constructor(domain: string, properties: ReadonlyMap<string, string>, isOpen: boolean) {
    this.#domain = domain;
    this.#properties = properties;
    this.#isOpen = isOpen;
  }

  /** @throws MalformedObjectNameError */
  static parse(text: string): ObjectName {
    if (text === '') return new ObjectName('*', new Map(), true);
    const colon = text.indexOf(':');
    if (colon < 0) return malformed('Domain part must be specified');
    const domain = text.slice(0, colon);
    if (domain.includes('\n')) malformed("Invalid character '\\n' in domain name");
    const list = text.slice(colon + 1);
    if (list === '') malformed('Key properties cannot be empty');
    const properties = new Map<string, string>();
    let isOpen = false;
    for (let at = 0; at < list.length; ) {
      if (list[at] === '*' && (at + 1 === list.length || list[at + 1] === ',')) {
        if (isOpen) malformed("Cannot have several '*' characters in pattern property list");
        isOpen = true;
        at += 2;
        continue;
      }
      const property = readProperty(list, at);
      if (properties.has(property.key)) malformed(`key \`${property.key}' already defined`);
      properties.set(property.key, property.value);
      if (property.end === list.length - 1) malformed('Invalid ending comma');
      at = property.end + 1;
    }
    return new ObjectName(domain, properties, isOpen);
  }

  /** Returns whether this pattern selects the bean of that name. */
  matches(name: ObjectName): boolean {
    const count = this.#properties.size;
    if (this.#isOpen ? name.#properties.size < count : name.#properties.size !== count) return false;
    if (!wildcardMatches(this.#domain, name.#domain)) return false;
    for (const [key, pattern] of this.#properties) {
      const value = name.#properties.get(key);
      if (value === undefined || !wildcardMatches(pattern, value)) return false;
    }
    return true;
  }
}

/** Reads `key=value` at `start`; `end` is the index of the comma behind the value, or the length of the list. */
function readProperty(list: string, start: number): { key: string; value: string; end: number } {
  const equals = list.indexOf('=', start);
  if (equals < 0) malformed('Unterminated key property part');
  const key = list.slice(start, equals);
  if (key === '') malformed('Invalid key (empty)');
  const badInKey = /[*?,:\n]/.exec(key)?.[0];
  if (badInKey !== undefined) malformed(`Invalid character '${badInKey}' in key part of property`);
  const valueStart = equals + 1;
  const end = list[valueStart] === '"' ? endOfQuoted(list, valueStart) : endOfPlain(list, valueStart);
  return { key, value: list.slice(valueStart, end), end };
}

function endOfPlain(list: string, start: number): number {
  const comma = list.indexOf(',', start);
  const end = comma < 0 ? list.length : comma;
  const bad = /[=:"\n]/.exec(list.slice(start, end))?.[0];
  if (bad !== undefined) malformed(`Invalid character '${bad}' in value part of property`);
  return end;
}

function endOfQuoted(list: string, start: number): number {
  let at = start + 1;
  while (at < list.length && list[at] !== '"') at += list[at] === '\\' ? 2 : 1;
  if (at >= list.length) malformed('Unterminated quoted value');
  const end = at + 1;
  if (end < list.length && list[end] !== ',') malformed(`Invalid ending character \`${list[end]}'`);
  return end;
}
