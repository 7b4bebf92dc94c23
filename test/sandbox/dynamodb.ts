import type { Server } from 'node:http';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import type { Answer } from './protocols.js';
import type { RawRequest } from './request.js';

/**
 * DynamoDB is dynalite, in this process and without a socket of its own: its handler gets the request that was read
 * already and writes into a stand-in for the response, so that every fault works for it as for the rest.
 * One store for all regions, started by the first call.
 */
export class DynamoDb {
  #server: Server | undefined;

  answer(request: RawRequest): Promise<Answer> {
    this.#server ??= dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
    const server = this.#server;
    return new Promise((resolve) => {
      const { method, url, headers } = request;
      const incoming = Object.assign(Readable.from([request.body], { objectMode: false }), { method, url, headers });
      const written: Record<string, string> = {};
      const outgoing = {
        statusCode: 200,
        setHeader: (name: string, value: unknown) => {
          // The length is set by the one who sends, since a fault may change the body.
          if (name.toLowerCase() !== 'content-length') written[name.toLowerCase()] = String(value);
        },
        end: (body: string | Buffer = '') => resolve({ status: outgoing.statusCode, headers: written, body }),
      };
      server.emit('request', incoming, outgoing);
    });
  }
}
