// The command line of distcp: OptionsParser and DistCpOptions.Builder of Hadoop, and its exit statuses (DistCpConstants).
import { describe, expect, it } from 'vitest';
import { parseDistCp } from '../../../cli/distcp/arguments.ts';
import { runCopy } from '../../../cli/distcp/main.ts';
import { Configuration } from '../../../conf/configuration.ts';

const optionsOf = (words: string) => parseDistCp(words.split(' ')).options;

describe('parseDistCp', () => {
  it('takes the defaults of Hadoop', () => {
    expect(optionsOf('/a /b')).toMatchObject({
      sources: ['/a'],
      target: '/b',
      maps: 20,
      bandwidthMb: 100,
      strategy: 'uniformsize',
      listThreads: 1,
      preserve: [],
      update: false,
    });
  });

  it('takes values in each form, and more than one source', () => {
    expect(
      optionsOf('-update -delete -m3 -bandwidth 0.5 --strategy=Dynamic -numListstatusThreads 99 a b c'),
    ).toMatchObject({
      sources: ['a', 'b'],
      target: 'c',
      update: true,
      deleteMissing: true,
      maps: 3,
      bandwidthMb: 0.5,
      strategy: 'dynamic',
      listThreads: 40,
    });
    expect(optionsOf('-f /list -m 0 /to')).toMatchObject({
      sources: [],
      sourceListing: '/list',
      target: '/to',
      maps: 1,
    });
  });

  it.each([
    ['-p', ['r', 'b', 'u', 'g', 'p', 'c', 't']],
    ['-pugp', ['u', 'g', 'p']],
    ['-pRB', ['r', 'b']],
  ])('%s preserves %j', (option, preserve) => expect(optionsOf(`${option} /a /b`).preserve).toEqual(preserve));

  it.each([
    ['/b', 'Neither source file listing nor source paths present'],
    ['-f /list /a /b', 'Both source file listing and source paths present'],
    ['-update', 'Target path not specified'],
    ['-delete /a /b', 'Delete missing is applicable only with update or overwrite options'],
    ['-update -overwrite /a /b', 'Overwrite and update options are mutually exclusive'],
    ['-update -atomic /a /b', "Atomic commit can't be used with sync folder or overwrite options"],
    ['-append /a /b', 'Append is valid only with update options'],
    ['-update -append -skipcrccheck /a /b', 'Append is disallowed when skipping CRC'],
    ['-tmp /t /a /b', '-tmp work-path can only be specified along with -atomic'],
    ['-v /a /b', '-v is valid only with -log option'],
    ['-m x /a /b', 'Number of maps is invalid: x'],
    ['-bandwidth 0 /a /b', 'Bandwidth 0 is invalid (should be > 0)'],
    ['-bandwidth much /a /b', 'Bandwidth specified is invalid: much'],
    ['-strategy other /a /b', '-strategy other: expected dynamic or uniformsize'],
    ['-pz /a /b', 'No attribute for z'],
    ['-tmp', 'Missing argument for option: tmp'],
    ['-nosuch /a /b', 'Illegal option -nosuch'],
    ['/a /b -update', '-update stands where a path is expected: options come before the first path'],
    ['-update -diff s1 s2 /a /b', '-diff: not supported yet: there are no snapshots'],
    ['-update -rdiff s1 s2 /a /b', '-rdiff: not supported yet: there are no snapshots'],
    ['-blocksperchunk 2 /a /b', '-blocksperchunk: not supported yet: a file is copied by one map'],
    ['-update -xtrack /t /a /b', '-xtrack: not supported yet: use -update -delete'],
  ])('%s is refused', (words, message) => expect(() => optionsOf(words)).toThrow(message));

  it('warns of options without effect', () => {
    expect(parseDistCp('-filelimit 3 -copybuffersize 1 /a /b'.split(' ')).warnings).toEqual([
      'filelimit is a deprecated option. Ignoring.',
      'copies have no buffer of their own',
    ]);
  });
});

describe('runCopy', () => {
  it.each([
    ['', 255, ''],
    ['-help', 0, ''],
    ['-v /a /b', 255, 'Invalid arguments: -v is valid only with -log option'],
    ['-pa /a /b', 253, 'ACLs not supported on at least one file system'],
    ['-px /a /b', 252, 'XAttrs not supported on at least one file system'],
    ['/a webhdfs://h/b', 255, 'Invalid arguments: No FileSystem for scheme "webhdfs"'],
  ])('distcp %s ends with %i', async (words, status, message) => {
    const [out, err]: [string[], string[]] = [[], []];
    const console = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
    const conf = new Configuration({ 'fs.defaultFS': 'file:///' });
    expect(await runCopy(conf, words.split(' ').filter(Boolean), console)).toBe(status);
    expect(err.join('\n')).toContain(message);
    if (status === 0 || status === 255) expect(out[0]).toBe('usage: distcp OPTIONS [source_path...] <target_path>');
  });
});
