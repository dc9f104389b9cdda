/** Names of the numbers of generated enums. */

/** Returns the name of a number, such as 'DISK' of StorageTypeProto; undefined if the enum does not have the number. */
export function enumName<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  number: number | undefined,
): Name | undefined {
  for (const name in numbers) if (numbers[name] === number) return name;
  return undefined;
}
