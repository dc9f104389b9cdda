// The table of proofs/distcp.mjs. `L:`, `C:` and `H:` stand for the case's directory on the local disk, in Calf's HDFS and
// in Hadoop's.

const MIB = 1 << 20;
/** Files of these letters have this many bytes, the same in each. */
const big = (mib, options = {}) => ({ bytes: mib * MIB, blockSize: MIB, ...options });

const SMALL = { 'src/a': 'A', 'src/d/b': 'BB', 'src/d/e/c': 'CCC', 'src/empty/': {}, 'src/zero': '' };
/** The same tree in a file system. */
const tree = (fs, files = SMALL) => Object.fromEntries(Object.entries(files).map(([name, file]) => [fs + name, file]));
const ATTRIBUTES = { mode: 0o751, owner: 'alice', group: 'staff', time: 1_000_000_000_000 };

/** `make`: files before the copy; a name with a slash at its end is a directory. `args`: words of distcp. */
export const CASES = [
  // Names below the target.
  { args: 'C:src C:to', make: tree('C:') },
  { args: 'C:src C:to', make: { ...tree('C:'), 'C:to/kept': 'K' } },
  { args: 'C:src/ H:to/', make: tree('C:') },
  { args: 'C:src/a C:to', make: tree('C:') },
  { args: 'C:src/a C:to', make: { ...tree('C:'), 'C:to/kept': 'K' } },
  { args: 'C:src/a C:to', make: { ...tree('C:'), 'C:to': 'old' } },
  { args: 'H:src/a H:src/d C:to', make: tree('H:') },
  { args: 'C:src/* H:to', make: tree('C:') },
  { args: '-update C:src/a C:src/d C:to', make: tree('C:') },
  { args: '-f L:list H:to', make: { ...tree('C:'), 'L:list': 'C:src/a\nC:src/d\n' } },
  // Files that are there.
  { args: 'H:src C:to', make: { ...tree('H:'), 'C:to/src/a': 'other', 'C:to/src/d/b': 'xx' } },
  { args: '-overwrite H:src C:to', make: { ...tree('H:'), 'C:to/a': 'other', 'C:to/kept': 'K' } },
  { args: '-update H:src C:to', make: { ...tree('H:'), 'C:to/a': 'A', 'C:to/d/b': 'xx', 'C:to/kept': 'K' } },
  {
    args: '-update -skipcrccheck H:src C:to',
    make: { 'H:src/a': { text: 'new', time: 2e12 }, 'C:to/a': { text: 'old', time: 1e12 } },
  },
  {
    args: '-update -skipcrccheck H:src C:to',
    make: { 'H:src/a': { text: 'new', time: 1e12 }, 'C:to/a': { text: 'old', time: 2e12 } },
  },
  {
    args: '-update L:src C:to',
    make: { 'L:src/a': { text: 'new', time: 1e12 }, 'C:to/a': { text: 'old', time: 15e11 } },
  },
  {
    args: '-update -Ddistcp.update.modification.time=false L:src C:to',
    make: { 'L:src/a': { text: 'new', time: 15e11 }, 'C:to/a': { text: 'old', time: 1e12 } },
  },
  { args: '-update C:src C:to', make: { 'C:src/a': 'A', 'C:to/a/b': 'B' } },
  // -delete.
  {
    args: '-update -delete C:src H:to',
    make: { ...tree('C:'), 'H:to/gone': 'G', 'H:to/d/gone/deep': 'G', 'H:to/a': 'A' },
  },
  { args: '-overwrite -delete C:src C:to', make: { ...tree('C:'), 'C:to/x/y': 'G' } },
  {
    args: '-update -delete -filters L:filters C:src C:to',
    make: {
      ...tree('C:'),
      'C:src/no.tmp': 'N',
      'C:to/own.tmp': 'T',
      'C:to/gone': 'G',
      'L:filters': '.*\\.tmp\n.*/src/d\n',
    },
  },
  // Checksums and blocks.
  { args: 'C:src H:to', make: { 'C:src/f': big(3, { blockSize: 2 * MIB }) } },
  { args: '-pr C:src H:to', make: { 'C:src/f': big(1) } },
  { args: '-update C:src H:to', make: { 'C:src/f': big(3), 'H:to/f': big(3, { blockSize: 2 * MIB }) } },
  { args: '-update -pu C:src H:to', make: { 'C:src/f': big(3), 'H:to/f': big(3) } },
  {
    args: '-pu C:src H:to',
    make: { 'C:src/f': big(3) },
    fails: 'Checksum mismatch',
    define: { 'dfs.blocksize': 2 * MIB },
  },
  { args: '-pu -skipcrccheck C:src H:to', make: { 'C:src/f': big(3) }, define: { 'dfs.blocksize': 2 * MIB } },
  // -append.
  { args: '-update -append C:src H:to', make: { 'C:src/f': big(3), 'H:to/f': big(2) } },
  { args: '-update -append C:src H:to', make: { 'C:src/f': big(3), 'H:to/f': big(2, { seed: 1 }) } },
  { args: '-update -append C:src H:to', make: { 'C:src/f': big(5), 'H:to/f': big(3, { blockSize: 2 * MIB }) } },
  { args: '-update -append C:src H:to', make: { 'C:src/f': big(2), 'H:to/f': big(3) } },
  { args: '-update -append L:src C:to', make: { 'L:src/f': 'abcdef', 'C:to/f': 'abc' } },
  // -p.
  {
    args: '-p C:src H:to',
    make: { 'C:src/d/f': { text: 'f', replication: 2, ...ATTRIBUTES }, 'C:src/d/': ATTRIBUTES, 'C:src/': ATTRIBUTES },
  },
  {
    args: '-update -pugpt C:src H:to',
    make: { 'C:src/d/f': { text: 'f', ...ATTRIBUTES }, 'C:src/d/': ATTRIBUTES, 'C:src/': ATTRIBUTES, 'H:to/': {} },
  },
  {
    args: '-update -updateRoot -pugpt C:src H:to',
    make: { 'C:src/f': { text: 'f', ...ATTRIBUTES }, 'C:src/': ATTRIBUTES, 'H:to/': {} },
  },
  {
    args: '-ppt H:src L:to',
    make: { 'H:src/d/f': { text: 'f', mode: 0o640, time: 1e12 }, 'H:src/d/': { mode: 0o750, time: 1e12 } },
  },
  {
    args: '-update -pp C:src C:to',
    make: { 'C:src/f': { text: 'f', mode: 0o600 }, 'C:to/f': { text: 'f', mode: 0o644 } },
  },
  // Other ways to copy.
  { args: '-atomic C:src H:to', make: tree('C:') },
  { args: '-atomic -tmp H:tmp C:src H:to', make: { ...tree('C:'), 'H:tmp/': {} } },
  { args: '-strategy dynamic -m 2 C:src H:to', make: tree('C:') },
  { args: '-direct C:src H:to', make: tree('C:') },
  { args: '-m 1 -log L:log -v C:src C:to', make: { 'C:src/a': 'A', 'C:src/b': 'BB', 'C:to/src/b': 'B' } },
  { args: '-bandwidth 1 -numListstatusThreads 4 L:src L:to', make: tree('L:') },
  // Refusals.
  { args: 'C:none C:to', make: {} },
  { args: 'C:src C:to', make: { ...tree('C:'), 'C:to': 'file' } },
  { args: 'C:src/a C:src/zero C:to', make: { ...tree('C:'), 'C:to': 'file' } },
  { args: 'C:src/d C:other/d H:to', make: { 'C:src/d/a': '', 'C:other/d/b': '' } },
  { args: '-update C:src C:other H:to', make: { 'C:src/d/a': '', 'C:other/d/b': '' } },
  { args: '-atomic C:src C:to', make: { ...tree('C:'), 'C:to/': {} } },
  { args: '-atomic -update C:src C:to', make: tree('C:') },
  { args: '-delete C:src C:to', make: tree('C:') },
  { args: '-append C:src C:to', make: tree('C:') },
  { args: '-pa C:src L:to', make: tree('C:') },
];
