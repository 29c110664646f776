/** The product as a user starts it: `aegrid-energy demo` on a port of its own, with a database of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** Everything stands relative to the checkout; tests are compiled elsewhere. */
export const CHECKOUT = resolve(import.meta.dirname, '..', '..', '..');

const PYTHON = process.env['AEGRID_TEST_PYTHON'] ?? join(CHECKOUT, '.venv', 'bin', 'python');

/** A test's database ends with it, so what a power cut would lose is not missed. */
const FAST = 'fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n';

/** A folder for a database; as root the database runs as another account, which must pass through it. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegrid-e2e-'));
  chmodSync(folder, process.getuid?.() === 0 ? 0o755 : 0o700);
  return folder;
}

/** Copies a stopped database; as root its files belong to another account, which only `cp` keeps. */
function copy(from: string, to: string): void {
  if (process.getuid?.() === 0) execFileSync('cp', ['-a', `${from}/.`, to]);
  else cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

const forget = (folder: string): void => rmSync(folder, { recursive: true, force: true });

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const found = probe.address();
  await new Promise((done) => probe.close(done));
  if (found === null || typeof found === 'string') throw new Error('no free port');
  return found.port;
}

/** Variables of the server; ours are no settings of it, and it refuses those that it does not know. */
function variables(state: string): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('AEGRID_'));
  const source = join(CHECKOUT, 'src');
  const path = process.env['PYTHONPATH'];
  return {
    ...Object.fromEntries(given),
    PYTHONPATH: path ? `${source}${delimiter}${path}` : source,
    PYTHONUNBUFFERED: '1',
    NO_COLOR: '1',
    COLUMNS: '200',
    AEGRID_STATE_DIR: state,
    AEGRID_LOG_LEVEL: 'warning',
  };
}

export class DemoServer {
  private process: ChildProcess | undefined;
  private said = '';

  private constructor(
    readonly state: string,
    readonly port: number,
    private readonly isOwn: boolean,
  ) {}

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it wrote so far; shown where a test fails. */
  get log(): string {
    return this.said;
  }

  /** The process id of the server. */
  get pid(): number {
    return this.process?.pid ?? 0;
  }

  /** Sets up the simulated portfolio in a fresh folder, once, for the others to copy. */
  static async makeTemplate(): Promise<string> {
    const state = stateFolder();
    writeFileSync(join(state, 'postgresql.local.conf'), FAST);
    const server = new DemoServer(state, await freePort(), false);
    await server.start();
    await server.stop();
    return state;
  }

  /** A server on a copy of the template. */
  static async from(template: string): Promise<DemoServer> {
    const state = stateFolder();
    copy(template, state);
    const server = new DemoServer(state, await freePort(), true);
    await server.start();
    return server;
  }

  /** Starts the process and waits for the address it prints. */
  async start(): Promise<void> {
    const started = spawn(PYTHON, ['-m', 'aegrid_energy', 'demo', '--no-browser', '--port', String(this.port)], {
      env: variables(this.state),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = started;
    await new Promise<void>((ready, failed) => {
      const told = (text: Buffer): void => {
        this.said += text.toString();
        if (this.said.includes('/#code=')) ready();
      };
      this.said = '';
      started.stdout.on('data', told);
      started.stderr.on('data', told);
      started.once('error', failed);
      started.once('exit', (code) => failed(new Error(`the server ended with ${code}:\n${this.said}`)));
    });
    started.removeAllListeners('exit');
  }

  /** Ends it as the keyboard does; its database goes on disk. */
  async stop(): Promise<void> {
    const running = this.process;
    if (running === undefined) return;
    this.process = undefined;
    const ended = new Promise((done) => running.once('exit', done));
    if (running.exitCode !== null) return;
    running.kill('SIGINT');
    await ended;
  }

  /** Ends it and removes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    if (this.isOwn) forget(this.state);
  }
}

export function removeTemplate(state: string): void {
  if (existsSync(join(state, 'data'))) forget(state);
}
