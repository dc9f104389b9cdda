/** The shell command -count. */
import { parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';
import * as columns from '../shell/summary-columns.ts';

/** Prints the numbers of directories, files and bytes below each path, and quotas with -q or -u. */
export class Count extends FsCommand {
  #human = false;
  #showsQuotas = false;
  /** Whether -u asks for quotas without the counts. */
  #quotasOnly = false;
  #excludesSnapshots = false;
  #showsEcPolicy = false;
  #showsSnapshots = false;
  /** The storage types of -t, whose quotas are printed in place of the counts. */
  #types: readonly string[] | undefined;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['q', 'h', 'v', 'u', 'x', 'e', 's'], valued: ['t'] });
    this.#human = options.has('h');
    this.#showsQuotas = options.has('q');
    this.#quotasOnly = options.has('u');
    this.#excludesSnapshots = options.has('x');
    this.#showsEcPolicy = options.has('e');
    this.#showsSnapshots = options.has('s');
    if (this.#showsQuotas || this.#quotasOnly) {
      const types = options.value('t');
      if (types !== undefined) this.#types = storageTypes(types);
      if (this.#excludesSnapshots) {
        this.terminal.out('q or u option is given, the -x option is ignored.');
        this.#excludesSnapshots = false;
      }
    }
    if (options.has('v')) this.terminal.out(this.#header());
    return options.parameters;
  }

  #header(): string {
    const main = this.#types
      ? columns.typeQuotaHeader(this.#types)
      : this.#quotasOnly
        ? columns.quotaHeader
        : (this.#showsQuotas ? columns.quotaHeader : '') + columns.summaryHeader;
    const ecPolicy = this.#showsEcPolicy ? columns.ecPolicyHeader : '';
    return `${main}${ecPolicy}${this.#showsSnapshots ? columns.snapshotHeader : ''}PATHNAME`;
  }

  protected override async processPath(item: PathData): Promise<void> {
    const summary = await item.fs.getContentSummary(item.path);
    const human = this.#human;
    const quotas = () => columns.quotaColumns(summary, human);
    const main = this.#types
      ? columns.typeQuotaColumns(summary, this.#types, human)
      : this.#quotasOnly
        ? quotas()
        : (this.#showsQuotas ? quotas() : '') + columns.summaryColumns(summary, human, this.#excludesSnapshots);
    const ecPolicy = this.#showsEcPolicy ? columns.ecPolicyColumn(summary) : '';
    const snapshots = this.#showsSnapshots ? columns.snapshotColumns(summary, human) : '';
    this.terminal.out(main + ecPolicy + snapshots + item.text);
  }
}

/** Returns the storage types of `ssd,disk`, or all of them for an empty text. @throws UsageError in Java's words */
function storageTypes(text: string): readonly string[] {
  if (text === '' || text.toLowerCase() === 'all') return columns.QUOTA_STORAGE_TYPES;
  return text.split(',').map((name) => {
    const type = name.toUpperCase();
    if (columns.STORAGE_TYPES.includes(type)) return type;
    throw new UsageError(`No enum constant org.apache.hadoop.fs.StorageType.${type}`);
  });
}
