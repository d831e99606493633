// Preloaded into a server that has no option for it: every socket listens on 127.0.0.1 alone.

const { Server } = require("node:net");

const listen = Server.prototype.listen;

Server.prototype.listen = function (where, ...rest) {
  const options = typeof where === "object" ? where : { port: where };
  const callback = rest.find((argument) => typeof argument === "function");
  return listen.call(this, { ...options, host: "127.0.0.1" }, callback);
};
