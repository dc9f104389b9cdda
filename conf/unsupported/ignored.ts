/** Type of the tables of properties that Hadoop honours and Calf does not. */

/**
 * By the reason, a clause that ends a warning: Hadoop's default by the name of the property. `ipc.[port_number].` stands
 * for `ipc.8020.` and the like, and a final `*` for any end.
 */
export type IgnoredTable = Readonly<Record<string, Readonly<Record<string, string>>>>;
