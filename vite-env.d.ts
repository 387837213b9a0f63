/** Types of what the bundler and the test runner put into `import.meta.env`. */
interface ImportMetaEnv {
  /**
   * In tests: where the real models and photos are. A folder in Node, an address that ends with a
   * slash in Chromium, undefined when there is none.
   */
  readonly LIGHTFUSE_DATA?: string;
}
