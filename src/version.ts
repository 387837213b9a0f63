/** The version of the package, by which tables of choices are known to be of these kernels. */
export const VERSION = "0.1.0";
