# ruff: noqa: E501 - rows of a table and sentences are not broken
"""Words: names, nouns and catalogues, in English."""

from __future__ import annotations

from typing import Final

FEMALE: Final = (
    "Emma",
    "Olivia",
    "Sophia",
    "Isabella",
    "Mia",
    "Charlotte",
    "Amelia",
    "Evelyn",
    "Abigail",
    "Emily",
    "Elizabeth",
    "Sofia",
    "Avery",
    "Ella",
    "Scarlett",
    "Grace",
    "Chloe",
    "Victoria",
    "Riley",
    "Aria",
    "Lily",
    "Aubrey",
    "Zoey",
    "Penelope",
    "Lillian",
    "Addison",
    "Layla",
    "Natalie",
    "Camila",
    "Hannah",
    "Brooklyn",
    "Zoe",
    "Nora",
    "Leah",
    "Savannah",
    "Audrey",
    "Claire",
    "Eleanor",
    "Skylar",
    "Anna",
    "Caroline",
    "Maya",
    "Naomi",
    "Elena",
    "Sarah",
    "Ruby",
    "Eva",
    "Alice",
    "Madeline",
    "Julia",
    "Priya",
    "Aisha",
    "Mei",
    "Yuki",
    "Fatima",
    "Ingrid",
    "Rosa",
    "Lucia",
    "Nina",
    "Teresa",
    "Joanna",
    "Megan",
    "Rachel",
    "Laura",
    "Diana",
    "Helen",
    "Karen",
    "Monica",
    "Angela",
    "Denise",
    "Vanessa",
    "Bianca",
    "Leila",
    "Amara",
    "Freya",
    "Imogen",
    "Martha",
    "Phoebe",
)
MALE: Final = (
    "Liam",
    "Noah",
    "Oliver",
    "James",
    "Elijah",
    "William",
    "Henry",
    "Lucas",
    "Benjamin",
    "Theodore",
    "Mateo",
    "Levi",
    "Sebastian",
    "Daniel",
    "Jack",
    "Michael",
    "Alexander",
    "Owen",
    "Samuel",
    "Jacob",
    "Ethan",
    "Leo",
    "Julian",
    "Hudson",
    "Luke",
    "Isaac",
    "Gabriel",
    "Anthony",
    "Thomas",
    "Caleb",
    "Ezra",
    "Nathan",
    "Aaron",
    "Andrew",
    "Joshua",
    "Adrian",
    "Christian",
    "Jonathan",
    "David",
    "Marcus",
    "Victor",
    "Patrick",
    "Simon",
    "George",
    "Martin",
    "Peter",
    "Omar",
    "Raj",
    "Kenji",
    "Wei",
    "Carlos",
    "Diego",
    "Hugo",
    "Felix",
    "Stefan",
    "Andre",
    "Malik",
    "Tariq",
    "Ivan",
    "Arjun",
    "Kwame",
    "Connor",
    "Declan",
    "Rory",
    "Graham",
    "Stuart",
    "Neil",
    "Vincent",
    "Dominic",
    "Trevor",
    "Gordon",
    "Philip",
    "Edward",
    "Charles",
    "Robert",
    "Kevin",
    "Brian",
    "Raymond",
)
SURNAMES: Final = (
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Thompson",
    "White",
    "Harris",
    "Clark",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Torres",
    "Nguyen",
    "Hill",
    "Flores",
    "Green",
    "Adams",
    "Nelson",
    "Baker",
    "Hall",
    "Rivera",
    "Campbell",
    "Mitchell",
    "Carter",
    "Roberts",
    "Gomez",
    "Phillips",
    "Evans",
    "Turner",
    "Parker",
    "Cruz",
    "Edwards",
    "Collins",
    "Reyes",
    "Stewart",
    "Morris",
    "Morales",
    "Murphy",
    "Cook",
    "Rogers",
    "Ortiz",
    "Morgan",
    "Cooper",
    "Peterson",
    "Bailey",
    "Reed",
    "Kelly",
    "Howard",
    "Ramos",
    "Kim",
    "Cox",
    "Ward",
    "Richardson",
    "Watson",
    "Brooks",
    "Chavez",
    "Wood",
    "Bennett",
    "Gray",
    "Mendoza",
    "Hughes",
    "Price",
    "Alvarez",
    "Castillo",
    "Sanders",
    "Patel",
    "Myers",
    "Long",
    "Ross",
    "Foster",
    "Jimenez",
    "Powell",
    "Jenkins",
    "Perry",
    "Russell",
    "Sullivan",
    "Bell",
    "Coleman",
    "Butler",
    "Henderson",
    "Barnes",
    "Fisher",
    "Vasquez",
    "Simmons",
    "Graham",
    "Murray",
    "Ford",
    "Hamilton",
    "Marshall",
    "Owens",
    "McDonald",
    "Harrison",
    "Ellis",
    "Gibson",
    "Wells",
    "Okafor",
    "Tanaka",
    "Singh",
    "Kowalski",
    "Larsen",
    "Novak",
    "Rossi",
    "Schmidt",
    "Dubois",
    "Ivanov",
    "Haddad",
    "Mensah",
)
STREETS: Final = tuple(
    f"{name} {kind}"
    for kind, names in (
        ("Street", "Maple Oak Elm Church Mill Spring Market Water Pine Franklin Chestnut Bridge"),
        ("Avenue", "Park Lincoln Madison Grand Highland Jefferson Central Washington Linden"),
        ("Road", "River Ridge Station Willow Orchard Quarry Harbor Old Mill Valley"),
        ("Lane", "Meadow Cherry Garden Rosewood Foxglove Sycamore Hawthorn"),
        ("Drive", "Lakeview Sunset Woodland Hillcrest Forest Birchwood"),
    )
    for name in names.split()
)
JOBS: Final = (
    "Software Engineer",
    "Senior Software Engineer",
    "Product Manager",
    "Data Analyst",
    "UX Designer",
    "Marketing Manager",
    "Accountant",
    "Sales Representative",
    "Operations Manager",
    "HR Specialist",
    "Customer Success Manager",
    "DevOps Engineer",
    "Business Analyst",
    "Project Manager",
    "QA Engineer",
    "Financial Analyst",
    "Technical Writer",
    "Office Manager",
    "Account Executive",
    "Data Scientist",
    "Graphic Designer",
    "Procurement Specialist",
    "Legal Counsel",
    "Support Engineer",
    "Research Associate",
)
DEPARTMENTS: Final = (
    "Engineering",
    "Marketing",
    "Sales",
    "Finance",
    "Human Resources",
    "Operations",
    "Customer Support",
    "Product",
    "Legal",
    "Design",
    "Research",
    "Procurement",
)
COMPANY_STEMS: Final = tuple(
    "Northwind Brightline Silverlake Harbor Pinecrest Blue Ridge|Summit Cedar Lumen Vertex Granite"
    " Evergreen Beacon Keystone Meridian Redwood Copperfield Stonebridge Clearwater Fairview"
    " Ironwood Larkspur Westgate Juniper Aurora Cobalt Orchard Tidewater Windmill Oakhurst".replace(
        "Blue Ridge|", ""
    ).split()
)
INDUSTRIES: Final = (
    "Software:Software Systems Labs Technologies",
    "Logistics:Logistics Freight Transport",
    "Healthcare:Health Medical Care",
    "Financial Services:Capital Financial Partners",
    "Retail:Outfitters Goods Trading",
    "Manufacturing:Industries Manufacturing Components",
    "Energy:Energy Power Solar",
    "Consulting:Consulting Advisory Group",
    "Construction:Construction Builders",
    "Food & Beverage:Foods Provisions Kitchens",
    "Education:Learning Academy Education",
    "Media:Media Studios Publishing",
)

# category|low|high|brand,...|product,...
_CATALOGUE: Final = """
Electronics|19|349|Voltaire,Nimbus,Auralis|Wireless Mouse,Mechanical Keyboard,USB-C Hub,Noise-Cancelling Headphones,Portable SSD 1TB,Bluetooth Speaker,4K Webcam,Wireless Charger
Home & Kitchen|12|189|Hearthside,Copperleaf,Nordhem|Cast Iron Skillet,Ceramic Mug Set,Electric Kettle,Chef's Knife,French Press,Glass Storage Jars,Linen Tablecloth,Stand Mixer
Sports & Outdoors|15|229|Trailmark,Peakline,Riverbend|Yoga Mat,Trekking Poles,Insulated Water Bottle,Camping Lantern,Two-Person Tent,Resistance Bands,Running Belt,Daypack 25L
Clothing|18|159|Fieldnote,Marlow & Finch,Alder|Merino Wool Sweater,Rain Jacket,Slim Fit Chinos,Organic Cotton T-Shirt,Canvas Sneakers,Leather Belt,Fleece Hoodie,Wool Beanie
Office|6|279|Paperwright,Deskwell,Linea|Hardcover Notebook,Gel Pen Set,Monitor Stand,Desk Lamp,Ergonomic Chair,Standing Desk Mat,Cable Organizer,Whiteboard Markers
Beauty|8|69|Solenne,Wildbloom,Purely|Hydrating Face Cream,Lavender Hand Soap,Vitamin C Serum,Shea Butter Lotion,Mineral Sunscreen SPF 50,Argan Hair Oil
Toys & Games|9|89|Tinkerbox,Playfield,Little Oak|Wooden Train Set,Strategy Board Game,1000-Piece Puzzle,Building Blocks,Plush Bear,Watercolor Kit
Garden|7|149|Greenhand,Rootstock,Terrafirma|Pruning Shears,Garden Hose 20m,Terracotta Planter,Raised Bed Kit,Solar Path Lights,Compost Bin
"""
CATALOGUE: Final = tuple(
    (row[0], int(row[1]), int(row[2]), tuple(row[3].split(",")), tuple(row[4].split(",")))
    for row in (line.split("|") for line in _CATALOGUE.strip().splitlines())
)

NAMED: Final = {
    key: tuple(values.split(","))
    for key, values in (
        line.split("=")
        for line in """
category genre section=Electronics,Home & Kitchen,Books,Clothing,Sports & Outdoors,Beauty,Garden,Toys & Games,Office Supplies,Health
project initiative program=Website Redesign,Mobile App Launch,Data Warehouse Migration,Customer Portal,Billing Overhaul,Brand Refresh,Search Relevance,Warehouse Automation
team squad group=Platform,Growth,Payments,Mobile,Data Engineering,Customer Experience,Security,Infrastructure
department division unit=Engineering,Marketing,Sales,Finance,Human Resources,Operations,Customer Support,Legal
course lesson class subject module=Introduction to Statistics,Modern European History,Linear Algebra,Creative Writing,Organic Chemistry,Web Development Basics,Microeconomics,Data Structures
event meetup conference meeting appointment=Spring Product Showcase,Quarterly Planning,Data Engineering Meetup,Charity Fun Run,Design Systems Workshop,Open Source Summit,Annual General Meeting
device sensor machine asset equipment gateway thing=Greenhouse Sensor 3,Warehouse Thermostat,Lobby Air Monitor,Cold Store Probe 2,Boiler Room Meter,Rooftop Weather Station,Pump Controller A
room=Maple Room,Boardroom,Garden Suite,Conference Room B,Deluxe Double,Studio 4,Focus Room 2
role=admin,editor,viewer,manager,support,billing
permission scope=users:read,users:write,orders:read,reports:export,settings:manage,billing:read
tag label topic keyword=featured,new,sale,urgent,backend,design,travel,tutorial,release,summer
plan tier package subscription=Free,Starter,Professional,Business,Enterprise
playlist collection album=Late Night Drive,Morning Coffee,Deep Focus,Summer Roads,Sunday Vinyl,Quiet Hours
song track=Paper Lanterns,Northern Line,Glass Houses,Slow Tide,Amber Light,Second Winter,Halfway Home
artist band=The Paper Kites Club,Nora Vale,Harbor Lights,Static Bloom,Oskar Lind,Velvet Atlas
movie film show=The Last Lighthouse,Northern Crossing,A Quiet Harvest,Paper Moons,The Cartographer,Midnight at the Orchard
book novel=The Salt Road,A Field Guide to Silence,The Clockmaker's Daughter,Rivers and Maps,The Winter Orchard,Small Hours
recipe meal dish menu food=Lemon Herb Chicken,Mushroom Risotto,Roasted Tomato Soup,Thai Green Curry,Apple Crumble,Shakshuka,Black Bean Tacos
ingredient=olive oil,garlic,plain flour,unsalted butter,basil,tomatoes,brown sugar,sea salt
restaurant cafe bar=The Copper Pot,Olive & Thyme,Blue Door Bistro,Saffron House,Harbor Grill,Little Fig
hotel property resort=Harborview Hotel,The Alder House,Grand Meridian,Lakeside Inn,Hotel Bellevue,The Linden
store shop branch outlet warehouse=Riverside Store,Old Town Branch,Central Warehouse,Market Street Shop,Westgate Outlet,Northside Depot
school university college institution=Lakeside High School,Northfield University,Riverside College,St. Andrew's Academy,Westbrook Institute
hospital clinic=St. Mary's Hospital,Lakeside Medical Center,Northgate Clinic,Riverside General Hospital,Cedar Family Practice
medication drug medicine=Amoxicillin,Ibuprofen,Metformin,Lisinopril,Atorvastatin,Omeprazole,Levothyroxine
disease diagnosis condition=Seasonal allergic rhinitis,Type 2 diabetes mellitus,Essential hypertension,Acute bronchitis,Migraine without aura,Iron deficiency anemia
allergy=Penicillin,Peanuts,Latex,Shellfish,Pollen
service component microservice=auth-service,billing-api,notification-worker,search-indexer,gateway,image-processor
server host instance node=web-01,web-02,db-primary,cache-01,worker-03,edge-fra-1
repository repo=payments-api,design-tokens,infra-live,mobile-app,docs-site,data-pipeline
branch git=main,develop,feature/checkout-v2,fix/login-redirect,release/2.4
environment=production,staging,development,qa
database=orders,analytics,inventory,customers,audit
metric=cpu_usage,memory_usage,request_latency,error_rate,queue_depth,disk_io
job task todo=Update onboarding guide,Review vendor contract,Fix checkout redirect,Prepare quarterly report,Migrate image storage,Draft release notes,Call the insurance company,Clean up feature flags
feature flag=dark_mode,new_checkout,beta_search,bulk_export,smart_replies
airline=Northern Air,Lufthansa,KLM,Delta Air Lines,Iberia,Air France
team club league=Riverside Rovers,Harbor City FC,Northgate United,Lakeside Wolves,Old Town Athletic
game=Starfall Tactics,Castle Drift,Neon Courier,Deepwood,Orbital Rush
pet animal dog cat=Bella,Milo,Luna,Charlie,Daisy,Oscar,Coco,Rocky
breed=Labrador Retriever,Beagle,Border Collie,Maine Coon,British Shorthair
channel=general,random,engineering,support,announcements,design
skill=Python,Project Management,SQL,Public Speaking,React,Negotiation,Data Visualization,Kubernetes
hobby interest=hiking,photography,cooking,chess,cycling,painting,gardening,bouldering
campaign promotion offer=Spring Sale,Back to School,Loyalty Rewards,Welcome Offer,Holiday Gift Guide
file document attachment upload=quarterly-report.pdf,invoice-2025-04.pdf,team-photo.jpg,contract-signed.pdf,budget.xlsx,notes.txt
folder directory=Reports,Invoices,Contracts,Photos,Archive
report dashboard=Monthly Revenue,Customer Retention,Inventory Turnover,Support Volume,Traffic Overview
test case suite=login succeeds with valid credentials,cart keeps items after refresh,refund updates balance
""".strip().splitlines()
    )
    for key in key.split()
}
TAGS: Final = {
    "product": [
        "bestseller",
        "new",
        "sale",
        "eco-friendly",
        "limited-edition",
        "gift-idea",
        "lightweight",
        "premium",
    ],
    "person": [
        "vip",
        "newsletter",
        "beta-tester",
        "early-adopter",
        "enterprise",
        "trial",
        "referral",
    ],
    "text": [
        "tutorial",
        "productivity",
        "design",
        "engineering",
        "news",
        "opinion",
        "how-to",
        "culture",
        "research",
    ],
    "ticket": [
        "bug",
        "billing",
        "login",
        "performance",
        "mobile",
        "api",
        "regression",
        "onboarding",
    ],
    "": [
        "featured",
        "priority",
        "reviewed",
        "internal",
        "seasonal",
        "popular",
        "draft-2025",
        "archived",
    ],
}
STATUSES: Final = {
    key: tuple(values.split())
    for names, values in (
        ("order purchase", "pending processing shipped delivered delivered delivered cancelled"),
        ("invoice bill", "paid paid sent draft overdue"),
        ("payment transaction charge refund payout transfer", "completed completed pending failed"),
        ("ticket issue bug incident", "open in_progress resolved closed"),
        ("task todo job story", "todo in_progress in_review done"),
        ("shipment delivery package parcel", "in_transit out_for_delivery delivered label_created"),
        ("booking reservation appointment", "confirmed confirmed pending cancelled completed"),
        ("flight", "scheduled boarding departed landed delayed"),
        ("device sensor machine gateway", "online online online offline maintenance"),
        ("post article page blog comment review", "published published published draft"),
        ("project campaign", "planning active active on_hold completed"),
        ("subscription membership", "active active trialing past_due canceled"),
        ("build deployment pipeline run", "succeeded succeeded failed running queued"),
        ("server service node instance component", "running running healthy degraded stopped"),
        ("health check", "ok ok ok degraded"),
        ("product item listing", "active active out_of_stock discontinued"),
        ("patient", "admitted discharged outpatient"),
        ("employee", "active active on_leave terminated"),
        ("message notification email", "sent delivered delivered read"),
        ("application candidate lead", "new screening interview offer rejected"),
        ("loan claim", "approved under_review pending rejected"),
        ("payroll payslip", "paid processed pending"),
        ("", "active active active inactive pending"),
    )
    for key in names.split(" ")
}
SUBJECTS: Final = (
    "Cannot log in after password reset",
    "Invoice shows the wrong billing address",
    "Export to CSV times out for large reports",
    "Mobile app crashes when opening settings",
    "Request to add a second team member",
    "Search returns no results for existing items",
    "Webhook deliveries are delayed",
    "Discount code is not applied at checkout",
    "Two-factor code never arrives",
    "Dashboard charts fail to load in Safari",
)
HEADLINES: Final = (
    "Five Habits of Teams That Ship on Time",
    "What We Learned Migrating to a Monorepo",
    "A Practical Guide to API Versioning",
    "How Small Shops Win Loyal Customers",
    "Designing Forms People Actually Finish",
    "The Case for Slower Release Cycles",
    "Why Your Backups Are Not Enough",
    "Notes from a Year of Remote Work",
    "Getting Started with Event-Driven Systems",
    "Inside Our New Support Process",
)
TYPES: Final = {
    key: tuple(values.split())
    for names, values in (
        ("address", "home work billing shipping"),
        ("phone contact", "mobile home work"),
        ("account", "checking savings business"),
        ("sensor reading metric", "temperature humidity pressure motion"),
        ("device", "thermostat camera gateway sensor"),
        ("transaction", "purchase refund transfer deposit"),
        ("notification", "order_update reminder mention system"),
        ("event", "page_view signup purchase login"),
        ("card payment method", "visa mastercard amex"),
        ("file attachment document", "pdf image spreadsheet text"),
        ("vehicle car", "sedan suv hatchback van"),
        ("room", "single double suite studio"),
        ("property", "apartment house studio"),
        ("log", "request auth system audit"),
        ("appointment", "checkup follow_up consultation"),
        ("employee contract job", "full_time part_time contract"),
        ("", "standard premium basic custom"),
    )
    for key in names.split(" ")
}
ADJECTIVES: Final = (
    "bright",
    "calm",
    "steady",
    "modern",
    "classic",
    "compact",
    "open",
    "central",
    "simple",
    "prime",
)
