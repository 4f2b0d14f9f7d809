// What requests may ask and what they are answered, by route, from the API's own document (make lint writes
// types/api.d.ts): a field that the API renames is an error here before it is one on somebody's screen.
import type { components, paths } from '../../types/api';

export type Schemas = Solid<components['schemas']>;
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Named<V extends Verb> = { [name in Lowercase<V>]: { responses: unknown } };

/** Routes that take a verb, as the document writes them: /api/employees/{id}. */
export type Route<V extends Verb> = {
  [R in keyof paths]: paths[R] extends Named<V> ? R : never;
}[keyof paths];

type Operation<V extends Verb, R extends Route<V>> = paths[R] extends Record<Lowercase<V>, infer O> ? O : never;

type Json<T> = T extends { content: { 'application/json': infer J } } ? J : undefined;
type Good = 200 | 201 | 202 | 204;

/** Without null, which the document allows for every list of Go, and which answers do not hold. */
type Solid<T> = T extends null
  ? never
  : T extends (infer I)[]
    ? Solid<I>[]
    : T extends object
      ? { [K in keyof T]: Solid<T[K]> }
      : T;

/** What a route answers when all is well. */
export type Answer<V extends Verb, R extends Route<V>> =
  Operation<V, R> extends { responses: infer S } ? Solid<Json<S[keyof S & Good]>> : never;

type Parameters<V extends Verb, R extends Route<V>, Where extends 'path' | 'query'> =
  Operation<V, R> extends { parameters: infer P } ? (Where extends keyof P ? P[Where] : never) : never;

/** Parts of an address are texts as often as numbers, and what is empty is left out of it. */
type Loose<T> = T extends object
  ? { [K in keyof T]: T[K] | string | number | (undefined extends T[K] ? boolean | undefined : never) }
  : undefined;

/** What forms hold where the API names a few texts. */
type Written<T> = T extends string
  ? string
  : T extends (infer I)[]
    ? Written<I>[]
    : T extends object
      ? { [K in keyof T]: Written<T[K]> }
      : T;

/** What a route takes as its body. */
export type Body<V extends Verb, R extends Route<V>> =
  Operation<V, R> extends { requestBody?: infer B } ? Written<Json<Exclude<B, undefined>>> : undefined;

/** An entry of a list that a route answers. */
export type Item<R extends Route<'GET'>> = Answer<'GET', R> extends { items: (infer I)[] } ? I : never;

export interface Sent {
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether what is read may take its time, as a file does. */
  slow?: boolean;
  /** Whether a page stays although nobody is signed in. */
  stay?: boolean;
  /** In whose name; that of the page unless it says otherwise. */
  user?: number;
}

type Needed<Name extends string, T> = [T] extends [undefined]
  ? { [K in Name]?: undefined }
  : Record<string, never> extends T
    ? { [K in Name]?: T }
    : { [K in Name]: T };

export type Asked<V extends Verb, R extends Route<V>> = Sent &
  Needed<'path', Loose<Parameters<V, R, 'path'>>> & {
    query?: Loose<Parameters<V, R, 'query'>>;
    body?: Body<V, R> | Blob;
  };
