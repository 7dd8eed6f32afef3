import { Icon, type IconName } from "./icon.js";

interface WithIcon {
  readonly label: string;
  readonly icon: IconName;
}

interface ChoiceProps<Name extends string> {
  /** What is chosen, for those who do not see it. */
  readonly name: string;
  /** A text, or a picture with its name. */
  readonly options: Readonly<Record<Name, string | WithIcon>>;
  readonly chosen: Name;
  readonly onChoose: (chosen: Name) => void;
  readonly extra?: string;
}

/** One of a few, side by side: radio buttons, with their keys. */
export function Choice<Name extends string>({ name, options, chosen, onChoose, extra = "" }: ChoiceProps<Name>) {
  return (
    <fieldset class={`seg ${extra}`}>
      <legend class="vh">{name}</legend>
      {(Object.entries(options) as [Name, string | WithIcon][]).map(([value, option]) => (
        <label key={value} title={typeof option === "string" ? undefined : option.label}>
          <input
            type="radio"
            name={name}
            checked={value === chosen}
            aria-label={typeof option === "string" ? undefined : option.label}
            onChange={() => onChoose(value)}
          />
          {typeof option === "string" ? option : <Icon name={option.icon} size={15} />}
        </label>
      ))}
    </fieldset>
  );
}
