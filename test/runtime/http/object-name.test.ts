// Patterns of beans' names follow the rules of Java's javax.management.ObjectName.
import { describe, expect, it } from 'vitest';
import { MalformedObjectNameError, ObjectName } from '../../../runtime/http/object-name.ts';

const NAME = 'Hadoop:service=NameNode,name=FSNamesystem';

describe('ObjectName', () => {
  it.each([
    ['*:*', true],
    ['', true],
    [NAME, true],
    ['Hadoop:name=FSNamesystem,service=NameNode', true],
    ['Had*:*', true],
    ['Hado?p:*', true],
    ['hadoop:*', false],
    ['Hadoop:service=NameNode,*', true],
    ['Hadoop:*,service=NameNode', true],
    ['Hadoop:service=NameNode', false],
    ['Hadoop:service=NameNode,name=*', true],
    ['Hadoop:service=NameNode,name=FSName*', true],
    ['Hadoop:service=NameNode,name=FSName', false],
    ['Hadoop:service=?ameNode,name=*system', true],
    ['Hadoop:service=*', false],
    ['Hadoop:service=NameNode,name=*,other=*', false],
    ['Hadoop:other=*,*', false],
    ['*:name=FSNamesystem,*', true],
    ['Hadoop:service=NameNode,name="FSNamesystem"', false],
  ])('%s selects the bean: %s', (pattern, selects) => {
    expect(ObjectName.parse(pattern).matches(ObjectName.parse(NAME))).toBe(selects);
  });

  it('takes commas and escaped quotes in a quoted value', () => {
    const name = ObjectName.parse('d:a="x,\\"y",b=1');
    expect(ObjectName.parse('d:b=1,a="x*y"').matches(name)).toBe(true);
  });

  it.each([
    ['nothing', 'Domain part must be specified'],
    ['************!', 'Domain part must be specified'],
    ['Hadoop:', 'Key properties cannot be empty'],
    ['Had\noop:*', "Invalid character '\\n' in domain name"],
    ['Hadoop:service', 'Unterminated key property part'],
    ['Hadoop:=x', 'Invalid key (empty)'],
    ['Hadoop:*name=x', "Invalid character '*' in key part of property"],
    ['Hadoop:a=b=c', "Invalid character '=' in value part of property"],
    ['Hadoop:a=b,', 'Invalid ending comma'],
    ['Hadoop:a=b,a=c', "key `a' already defined"],
    ['Hadoop:*,*', "Cannot have several '*' characters in pattern property list"],
    ['Hadoop:a="x', 'Unterminated quoted value'],
    ['Hadoop:a="x"y', "Invalid ending character `y'"],
  ])('refuses %j', (text, reason) => {
    expect(() => ObjectName.parse(text)).toThrow(new MalformedObjectNameError(reason));
  });
});
