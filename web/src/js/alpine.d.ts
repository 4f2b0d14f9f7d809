// What Alpine adds to every component, as far as pages use it.
export interface Magic {
  $root: HTMLDialogElement;
  $refs: Record<string, any>;
  $nextTick(then?: () => void): Promise<void>;
  $watch(what: string, then: (value: any) => void): void;
  $dispatch(event: string, detail?: unknown): void;
}
