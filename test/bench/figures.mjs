// Computes the benchmark's figures and prints them as a table.

/** Returns the median, least and greatest of some numbers. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { n: sorted.length, median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * Computes one figure: Calf's measurements beside the reference's of the same run.
 * @param {{ name: string, unit: string, ours: number[], reference: number[], against: string,
 *   target: { atMost: number } | { atLeast: number } | undefined }} f `target` of the ratio ours / reference; for
 *   times less is better, for rates more is
 */
export function figure(f) {
  const [ours, reference] = [summary(f.ours), summary(f.reference)];
  const ratio = ours.median / reference.median;
  // The rounds are paired: each ratio compares two runs that were neighbours in time.
  const ratios = summary(f.ours.map((value, i) => value / f.reference[i]));
  const met = !f.target ? undefined : 'atMost' in f.target ? ratio <= f.target.atMost : ratio >= f.target.atLeast;
  return { name: f.name, unit: f.unit, against: f.against, ours, reference, ratio, ratios, target: f.target, met };
}

const number = (x) =>
  x >= 1000 ? Math.round(x).toString() : x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);
const spread = ({ median, min, max }) => `${number(median)} (${number(min)}-${number(max)})`;

/** Returns the figures as a table of text. */
export function table(figures) {
  const rows = figures.map((f) => [
    f.name,
    String(f.ours.n),
    f.unit,
    spread(f.ours),
    `${spread(f.reference)} ${f.against}`,
    `${f.ratio.toFixed(2)} (${f.ratios.min.toFixed(2)}-${f.ratios.max.toFixed(2)})`,
    !f.target ? '' : 'atMost' in f.target ? `<= ${number(f.target.atMost)}` : `>= ${number(f.target.atLeast)}`,
    f.met === undefined ? '' : f.met ? 'met' : 'NOT MET',
  ]);
  rows.unshift(['figure', 'n', 'unit', 'ours: median (min-max)', 'reference', 'ratio (of pairs)', 'target', '']);
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
