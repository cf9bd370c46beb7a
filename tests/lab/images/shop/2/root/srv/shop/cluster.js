// Two workers, and prices fetched ahead by the first process; its state is on port 3001.
const cluster = require('cluster');
const { execFile } = require('child_process');
const http = require('http');

if (cluster.isMaster) {
  cluster.fork();
  cluster.fork();
  cluster.on('exit', () => cluster.fork());
  http.createServer((request, response) => response.end('ok\n')).listen(3001);
  setInterval(() => http.get('http://prices.example:8080/all', (from) => from.resume()).on('error', () => {}), 2000);
  setInterval(() => execFile('sha256sum', ['/tmp/catalogue.txt'], () => {}), 3000);
} else {
  require('./server.js');
}
