// Log lines have the format of Hadoop's log on a terminal.
import { expect, it } from 'vitest';
import { logLine } from '../../runtime/log-line.ts';

it("is formatted as log4j's %d{ISO8601} %p %c{2}: %m", () => {
  const line = logLine(new Date(2024, 0, 2, 3, 4, 5, 6), 'INFO', 'mapreduce.Job', 'x');
  expect(line).toBe('2024-01-02 03:04:05,006 INFO mapreduce.Job: x');
});
