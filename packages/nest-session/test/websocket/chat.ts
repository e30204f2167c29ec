import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type INestApplication, Module, UseFilters } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { type ClientOptions, WebSocket } from 'ws';
import {
  Authenticated,
  FreshLogin,
  Principal,
  RequireSession,
  Roles,
  Session,
} from '../../src/index.js';
import {
  type AttachOptions,
  attachSession,
  SessionGatewayFilter,
  verifyUpgrade,
} from '../../src/websocket/index.js';
import type { Browser } from '../support/browser.js';

interface ChatData {
  said?: string[];
  messages?: number;
}

export interface ChatOptions extends AttachOptions {
  /** False: upgrades are not judged before there is a socket. */
  readonly verifies?: boolean;
}

/** A gateway that does to its session what gateways do. */
export function chatModule({ verifies = true, ...options }: ChatOptions = {}) {
  @UseFilters(new SessionGatewayFilter())
  @WebSocketGateway({ path: '/chat', ...(verifies ? { verifyClient: verifyUpgrade } : {}) })
  class ChatGateway implements OnGatewayConnection {
    async handleConnection(client: WebSocket, request: IncomingMessage) {
      const attached = await attachSession(client, request, options);
      if (attached) client.send(JSON.stringify({ event: 'hello', data: attached.principal?.id }));
    }

    @SubscribeMessage('whoami')
    whoami(@Principal() principal: Principal | null, @Session() session: Session<ChatData>) {
      return { event: 'whoami', data: { principal: principal?.id ?? null, all: { ...session } } };
    }

    @SubscribeMessage('say')
    @RequireSession()
    async say(@Session() session: Session<ChatData>, @MessageBody() text: string) {
      session.said = [...(session.said ?? []), text];
      await session.save();
      return { event: 'said', data: session.said };
    }

    @SubscribeMessage('forget')
    forget(@Session() session: Session<ChatData>) {
      session.said = ['never stored'];
      return { event: 'forgot' };
    }

    @SubscribeMessage('count')
    async count(@Session() session: Session<ChatData>) {
      const data = await session.update((draft) => {
        draft.messages = (draft.messages ?? 0) + 1;
        return draft.messages;
      });
      return { event: 'count', data };
    }

    @SubscribeMessage('private')
    @Authenticated()
    private(@Principal() principal: Principal) {
      return { event: 'private', data: principal.id };
    }

    @SubscribeMessage('admin')
    @Roles('admin')
    admin() {
      return { event: 'admin', data: 42 };
    }

    @SubscribeMessage('transfer')
    @FreshLogin('5m')
    transfer() {
      return { event: 'transfer', data: 'done' };
    }

    @SubscribeMessage('fail')
    fail() {
      throw new Error('a defect of the handler');
    }

    @SubscribeMessage('login')
    async login(@Session() session: Session<ChatData>) {
      await session.login('eve');
      return { event: 'login' };
    }

    @SubscribeMessage('logout')
    async logout(@Session() session: Session<ChatData>) {
      await session.logout();
    }
  }
  @Module({ providers: [ChatGateway] })
  class ChatModule {}
  return ChatModule;
}

export function withSockets(app: INestApplication): void {
  app.useWebSocketAdapter(new WsAdapter(app));
}

/** A client of the gateway that keeps what it is told, in order. */
export class ChatClient {
  readonly heard: { event: string; data: unknown }[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #wake: () => void = () => {};

  constructor(readonly socket: WebSocket) {
    socket.on('message', (text) => {
      this.heard.push(JSON.parse(String(text)));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      });
    });
  }

  /** Sends a message and resolves with what is heard next. */
  async ask(event: string, data?: unknown): Promise<unknown> {
    this.socket.send(JSON.stringify({ event, data }));
    return this.next();
  }

  async next(): Promise<unknown> {
    while (this.heard.length === 0) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the socket is closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.heard.shift();
  }
}

/** Opens a socket as the page of a browser does: with its cookies and the origin of its address. */
export function open(
  browser: Browser,
  { headers, ...options }: ClientOptions = {},
  path = '/chat',
): ChatClient {
  const cookie = browser.cookieHeader;
  return new ChatClient(
    new WebSocket(browser.url.replace('http', 'ws') + path, {
      origin: browser.url,
      ...options,
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
    }),
  );
}

/** The same, once it is greeted. */
export async function greeted(...args: Parameters<typeof open>): Promise<ChatClient> {
  const client = open(...args);
  await client.next();
  return client;
}

/** Status of the answer to an upgrade that was refused. */
export async function refused(client: ChatClient): Promise<number | undefined> {
  client.socket.on('error', () => {});
  const [, response] = (await once(client.socket, 'unexpected-response')) as [
    unknown,
    IncomingMessage,
  ];
  client.socket.terminate();
  return response.statusCode;
}
