/** The page's side: calls a worker as if it were an object, and hands pictures over without a copy. */

export class ModelWorker {
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #lastId = 0;

  /** @param {Worker} worker of `worker.js`, of type "module" */
  constructor(worker) {
    this.worker = worker;
    /** @param {MessageEvent<{ id: number, result: any, error?: string }>} event */
    const receive = ({ data: { id, result, error } }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    };
    worker.addEventListener("message", receive);
    worker.addEventListener("error", ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    });
  }

  /**
   * @param {string} call `load`, `run` or `dispose`
   * @param {Record<string, any>} [message]
   * @param {Transferable[]} [transfer] pictures and canvases that the worker gets; the page has them no more
   * @returns {Promise<any>}
   */
  call(call, message = {}, transfer = []) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...message, id, call }, transfer);
    });
  }
}
