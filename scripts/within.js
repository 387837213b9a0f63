/** A limit for what may never end, as a browser that hangs. */

/**
 * @template T
 * @param {Promise<T>} work goes on after the limit; its result is then ignored
 * @param {number} milliseconds
 * @param {string} who the subject of the error's sentence
 * @returns {Promise<T>}
 * @throws {Error} when the work takes longer
 */
export async function within(work, milliseconds, who) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    const message = `${who} did not answer within ${milliseconds / 1000} s`;
    timer = setTimeout(() => reject(new Error(message)), milliseconds);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}
