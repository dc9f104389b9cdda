// The standard error of an executable: reporter lines and lines of the log (PipeMapRed.MRErrorThread).
import { expect, it } from 'vitest';
import { ErrorLines } from '../../../mapreduce/streaming/error-lines.ts';

function reportsOf(...chunks: string[]): { reports: string[]; last: readonly string[] } {
  const reports: string[] = [];
  const lines = new ErrorLines('reporter:', {
    count: (group, counter, by) => void reports.push(`count ${group}|${counter}|${by}`),
    setStatus: (status) => void reports.push(`status ${status}`),
    log: (line) => void reports.push(`log ${line}`),
  });
  for (const chunk of chunks) lines.feed(Buffer.from(chunk));
  lines.end();
  return { reports, last: lines.last };
}

it('counts, sets the status, and logs all other lines', () => {
  const { reports, last } = reportsOf('reporter:counter:My group,a b,3\nreporter:sta', 'tus: half \noops\nend');
  expect(reports).toEqual(['count My group|a b|3', 'status half', 'log oops', 'log end']);
  expect(last).toEqual(['oops', 'end']);
});

it('logs reporter lines that are none, in the words of Hadoop', () => {
  expect(reportsOf('reporter:counter:a,b\nreporter:counter:a,b,x\nreporter:hello\n').reports).toEqual([
    'log Cannot parse counter line: reporter:counter:a,b',
    "log Cannot parse counter increment 'x' from line: reporter:counter:a,b,x",
    'log Cannot parse reporter line: reporter:hello',
  ]);
});

it('keeps the last ten lines for the message of a failure', () => {
  const { last } = reportsOf(Array.from({ length: 25 }, (_, i) => `line ${i}\n`).join(''));
  expect(last).toHaveLength(10);
  expect(last.at(-1)).toBe('line 24');
});
