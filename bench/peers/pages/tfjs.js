/** TensorFlow.js on its WebGPU backend; its classic scripts have set the global `tf`. */
const { tf } = globalThis;

let model;
let input;
let shape;

globalThis.engine = {
  async prepare(given) {
    if (!(await tf.setBackend("webgpu"))) throw new Error("the WebGPU backend did not start");
    model = await tf.loadGraphModel("/model/model.json");
    input = given.data;
    shape = given.shape;
  },
  async run() {
    const x = tf.tensor(input, shape);
    const y = model.execute(x);
    const values = await y.data();
    tf.dispose([x, y]);
    return values;
  },
};
