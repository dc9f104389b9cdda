/** The version that every daemon tells its peers and shows on its pages. */

/** The Hadoop release whose protocols Calf speaks. DataNodes and NameNodes compare it with each other's. */
export const SOFTWARE_VERSION = '3.4.2';

/** The build that NamespaceInfo and /jmx report beside it. Hadoop's DataNodes log the build and compare nothing with it. */
export const BUILD_VERSION = 'calf';
