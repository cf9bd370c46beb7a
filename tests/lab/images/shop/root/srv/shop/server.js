// Search, carts and prices. /search and /calc trust their query: scenarios come in through them.
const { exec, execFile } = require('child_process');
const http = require('http');
const net = require('net');
const fs = require('fs');

const catalogue = '/tmp/catalogue.txt';
fs.writeFileSync(catalogue, Array.from({ length: 500 }, (_, n) => `item ${n} colour ${n % 7}`).join('\n'));

function remember(key) {
  const socket = net.connect(6379, 'cache', () => socket.end(`LPUSH carts ${key}\r\n`));
  socket.on('error', () => {});
}

http.createServer((request, response) => {
  const url = new URL(request.url, 'http://shop');
  const query = url.searchParams.get('q') || '';
  const answer = (error, out, err) => response.end(String(out || '') + String(err || ''));
  switch (url.pathname) {
    case '/search': return void exec(`grep -i ${query} ${catalogue} | head -n 5`, answer);
    case '/calc': try { return void response.end(String(eval(query))); } catch (e) { return void response.end(String(e)); }
    case '/cart':
      remember(query.replace(/\W/g, ''));
      return void execFile('openssl', ['dgst', '-sha256', '-hmac', 'secret', catalogue], answer);
    case '/price':
      return void http.get(`http://prices.example/${encodeURIComponent(query)}`, (from) => from.pipe(response))
        .on('error', () => response.end('unknown'));
    case '/dump':
      return void execFile('gzip', ['-kf', catalogue], answer);
    default: response.end('shop\n');
  }
}).listen(3000);
