// Finds and parses Hadoop's suites of command-line tests: XML files in its test-sources jars.
import fs from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { testSourcesJar } from '../lib/hadoop-install.mjs';

export const splitArgs = (line) => Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), (m) => m[1] ?? m[2] ?? m[3]);

const TOOLS = {
  command: 'dfs',
  'dfs-admin-command': 'dfsadmin',
  'cache-admin-command': 'cacheadmin',
  'ec-admin-command': 'ec',
  'crypto-admin-command': 'crypto',
};

/** Reads a zip file's central directory. Returns a Map of entry name to a function that returns the entry's bytes. */
export function openZip(file) {
  const zip = fs.readFileSync(file);
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0) throw new Error(`${file}: not a zip file`);
  const entries = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => zip.readUInt16LE(at + o));
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const method = zip.readUInt16LE(at + 10);
    const size = zip.readUInt32LE(at + 20);
    const local = zip.readUInt32LE(at + 42);
    entries.set(name, () => {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + size);
      return method === 0 ? data : inflateRawSync(data);
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** Returns the test-sources jar of a Hadoop module: one of `jars`, or else one copied from Maven once. */
export const findJar = (module, jars) =>
  jars.find((jar) => path.basename(jar).startsWith(module)) ?? testSourcesJar(module);

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, dec, name) =>
    name ? ENTITIES[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(dec)),
  );

/** Parses a suite as Hadoop's CLITestHelper does: an element's text is the text after the last start tag. */
export function parseSuite(xml) {
  const tests = [];
  let test, commands, comparator;
  let text = '';
  const onEnd = {
    description: () => {
      test.description = text.trim().replace(/\s+/g, ' ');
    },
    type: () => {
      comparator.type = text;
    },
    'expected-output': () => {
      comparator.expected = text;
    },
    'expected-exit-code': () => {
      comparator.exitCode = Number(text);
    },
    comparator: () => test.comparators.push(comparator),
    test: () => tests.push(test),
  };
  const onStart = {
    test: () => {
      test = { description: '', commands: [], cleanup: [], comparators: [] };
    },
    'test-commands': () => {
      commands = test.commands;
    },
    'cleanup-commands': () => {
      commands = test.cleanup;
    },
    comparator: () => {
      comparator = { exitCode: -1 };
    },
  };
  const tokens =
    /<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?<cdata>.*?)\]\]>|<(?<close>\/?)(?<tag>[\w-]+)[^>]*?>|(?<chars>[^<]+)/gs;
  for (const {
    groups: { cdata, close, tag, chars },
  } of xml.replace(/\r\n?/g, '\n').matchAll(tokens)) {
    if (chars !== undefined) text += unescapeXml(chars);
    else if (cdata !== undefined) text += cdata;
    else if (tag && !close) {
      text = '';
      onStart[tag]?.();
    } else if (tag) {
      if (TOOLS[tag]) commands.push({ tool: TOOLS[tag], line: text });
      onEnd[tag]?.();
    }
  }
  return tests;
}

/** Returns the command under test: the one at the start of the description if the test runs it, else the last one. */
export function groupOf({ description, commands }) {
  const named = commands.map(({ tool, line }) => {
    const verb = splitArgs(line).find((arg, i, args) => /^-\w/.test(arg) && arg !== '-fs' && args[i - 1] !== '-fs');
    return { tool, verb: verb?.slice(1) ?? '(none)' };
  });
  const word = description.match(/^\w+/)?.[0].toLowerCase();
  const { tool, verb } = named.findLast((c) => c.verb.toLowerCase() === word) ?? named.at(-1);
  return tool === 'dfs' ? verb : `${tool} ${verb}`;
}
