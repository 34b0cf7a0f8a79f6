/** Posts as people write them, invented for this project: at least twenty a language, by ISO 639-1, one a line. */
export const foreignSentences: Readonly<Record<string, string>> = {
  es: `
    qué bonito video amigo
    no entiendo nada
    te quiero mucho hermano
    eres un idiota total
    muchas gracias por todo
    vete a dormir ya
    que asco de comida
    me encanta tu perro
    feliz cumpleaños mi amor
    donde esta la fiesta
    ayer fuimos a la playa con mis primos y llovió toda la tarde
    no puedo creer que todavía sigas hablando con esa gente tan falsa
    alguien sabe a qué hora empieza el partido de mañana
    la verdad es que esta canción me recuerda a mi abuela
    si no te gusta el canal entonces no lo mires y ya está
    mi hermana compró un coche nuevo y ya lo rayó
    estoy cansado de que siempre digas lo mismo sin escuchar a nadie
    hoy hace mucho calor y el ventilador se rompió otra vez
    cuando termines la tarea puedes salir con tus amigos
    nadie me avisó que la clase de hoy estaba cancelada`,
  de: `
    das ist doch lächerlich
    ich liebe dieses lied
    halt endlich die klappe
    danke für deine hilfe
    wo wohnst du denn
    du bist so dumm
    wie geht es dir
    viel glück morgen früh
    was für ein spiel
    ich hab keine lust
    gestern war ich mit meiner schwester im kino und der film war schlecht
    kann mir jemand sagen wann der laden morgen aufmacht
    ich verstehe nicht warum alle leute immer so unfreundlich sind
    wenn du keine ahnung hast dann schreib lieber nichts
    meine katze schläft den ganzen tag auf dem sofa
    wir haben den zug verpasst und mussten eine stunde warten
    er hat schon wieder vergessen den müll rauszubringen
    das wetter soll am wochenende endlich besser werden
    vielen dank für das tolle video und weiter so
    niemand braucht deine meinung geh woanders spielen`,
  fr: `
    c'est trop beau
    je suis fatigué
    ferme ta gueule
    merci beaucoup mon ami
    tu es vraiment nul
    bonne nuit tout le monde
    j'adore cette chanson
    où est le chat
    il fait froid ici
    quelle belle journée
    hier soir nous avons mangé une pizza devant un vieux film
    je ne comprends pas pourquoi tu dis toujours des bêtises pareilles
    est-ce que quelqu'un connaît le nom de la musique à la fin
    mon frère a encore oublié ses clés dans la voiture
    si tu n'as rien de gentil à dire alors tais-toi
    les vacances sont finies et il faut retourner au travail
    merci pour la vidéo elle m'a beaucoup aidé pour mon examen
    on se retrouve demain matin devant la gare avec les autres
    personne ne veut entendre ton avis sur ce sujet
    ma voisine a adopté un petit chien qui aboie toute la nuit`,
  pt: `
    que vídeo incrível cara
    não sei de nada
    eu te amo muito
    você é um idiota
    obrigado pela ajuda
    bom dia meu povo
    cala a boca mano
    saudade de você amiga
    isso é muito ruim
    quero comer bolo agora
    ontem a gente foi no mercado e esqueceu de comprar o café
    alguém pode me dizer que horas começa o jogo de amanhã
    não acredito que você ainda fala com aquele cara chato
    minha mãe fez um bolo de chocolate e já acabou tudo
    se você não gosta do canal então não precisa assistir
    hoje está muito quente e a luz caiu de novo aqui em casa
    essa música me lembra os verões na casa da minha avó
    ninguém pediu a sua opinião então fica quieto
    parabéns pelo trabalho ficou muito bonito mesmo
    eu queria viajar mas não tenho dinheiro nem tempo`,
  it: `
    che bella giornata
    non capisco niente
    ti voglio bene amico
    sei proprio uno stupido
    grazie mille per tutto
    dove sei finito
    buona notte a tutti
    mi piace questa canzone
    ma che schifo
    auguri di buon compleanno
    ieri siamo andati al mare ma ha piovuto tutto il pomeriggio
    qualcuno sa a che ora comincia la partita di domani
    non posso credere che tu parli ancora con quella gente
    mia sorella ha comprato una macchina nuova e l'ha già graffiata
    se non ti piace il video allora non guardarlo
    oggi fa troppo caldo e non ho voglia di lavorare
    questa storia mi ricorda quando ero piccolo e stavo dai nonni
    nessuno ha chiesto la tua opinione quindi stai zitto
    il cane dei vicini abbaia tutta la notte e non riesco a dormire
    complimenti per il lavoro che avete fatto ragazzi`,
  nl: `
    wat een mooie dag
    ik snap er niks van
    hou je mond dicht
    bedankt voor je hulp
    jij bent echt dom
    ik hou van jou
    waar ben je nu
    lekker geslapen vannacht
    dat is niet waar
    veel succes morgen jongen
    gisteren zijn we met de fiets naar het strand gegaan
    weet iemand hoe laat de wedstrijd morgen begint
    ik kan niet geloven dat je nog steeds met hem praat
    mijn zus heeft een nieuwe auto gekocht en er al een kras op gemaakt
    als je het filmpje niet leuk vindt dan kijk je toch niet
    het is vandaag veel te warm om te werken
    niemand heeft om jouw mening gevraagd dus hou op
    de hond van de buren blaft de hele nacht door
    wij hebben de trein gemist en moesten een uur wachten
    gefeliciteerd met je verjaardag en nog vele jaren`,
  tr: `
    çok güzel olmuş
    seni çok seviyorum
    ne diyorsun kardeşim
    hiçbir şey anlamadım
    sen tam bir aptalsın
    teşekkür ederim abi
    günaydın arkadaşlar nasılsınız
    bugün hava çok sıcak
    kes sesini artık
    doğum günün kutlu olsun
    dün akşam arkadaşlarla sinemaya gittik ama film berbattı
    yarınki maç saat kaçta başlıyor bilen var mı
    senin hala onunla konuştuğuna inanamıyorum
    kız kardeşim yeni bir araba aldı ve hemen çizdi
    videoyu beğenmiyorsan izlemek zorunda değilsin
    komşunun köpeği bütün gece havladı hiç uyuyamadım
    bu şarkı bana çocukluğumu ve dedemi hatırlatıyor
    kimse senin fikrini sormadı o yüzden sus
    treni kaçırdık ve bir saat beklemek zorunda kaldık
    emeğinize sağlık çok güzel bir çalışma olmuş`,
  pl: `
    jaki piękny dzień
    nic nie rozumiem
    kocham cię bardzo
    jesteś zwykłym idiotą
    dziękuję za pomoc
    zamknij się już
    gdzie jesteś teraz
    dobranoc wszystkim kochani
    uwielbiam tę piosenkę
    ale mi się nudzi
    wczoraj byliśmy nad morzem ale całe popołudnie padał deszcz
    czy ktoś wie o której jutro zaczyna się mecz
    nie mogę uwierzyć że nadal rozmawiasz z tymi ludźmi
    moja siostra kupiła nowy samochód i już go porysowała
    jeśli nie podoba ci się film to go nie oglądaj
    dzisiaj jest za gorąco i nie chce mi się pracować
    pies sąsiadów szczekał całą noc i nie mogłem spać
    nikt cię nie pytał o zdanie więc siedź cicho
    spóźniliśmy się na pociąg i musieliśmy czekać godzinę
    gratulacje za świetną robotę oby tak dalej`,
  id: `
    aku cinta kamu
    bagus banget videonya
    tidak mengerti sama sekali
    terima kasih banyak kakak
    kamu bodoh sekali
    selamat ulang tahun ya
    mau makan apa malam ini
    diam saja kau
    lagunya enak banget sih
    kenapa kamu begitu jahat
    kemarin kami pergi ke pantai tapi hujan turun sepanjang sore
    ada yang tahu jam berapa pertandingan besok dimulai
    aku tidak percaya kamu masih berbicara dengan orang itu
    adik saya baru membeli mobil dan langsung menabrak pagar
    kalau tidak suka videonya ya jangan ditonton
    hari ini panas sekali dan saya malas bekerja
    anjing tetangga menggonggong sepanjang malam jadi saya tidak bisa tidur
    tidak ada yang meminta pendapat kamu jadi diam saja
    lagu ini mengingatkan saya pada nenek di kampung
    semoga sukses terus dan jangan lupa istirahat`,
  sv: `
    vilken vacker dag
    jag fattar ingenting
    jag älskar den här låten
    du är så dum
    tack för hjälpen
    håll käften nu
    var bor du någonstans
    god natt allihopa
    vad gör du ikväll
    det var inte roligt
    igår åkte vi till stranden men det regnade hela eftermiddagen
    är det någon som vet när matchen börjar imorgon
    jag kan inte fatta att du fortfarande pratar med honom
    min syster köpte en ny bil och har redan repat den
    om du inte gillar videon behöver du inte titta
    det är för varmt idag och jag orkar inte jobba
    grannens hund skällde hela natten så jag kunde inte sova
    ingen har frågat efter din åsikt så var tyst
    den här låten påminner mig om min mormor på landet
    vi missade tåget och fick vänta en timme på stationen`,
  vi: `
    hôm nay trời đẹp quá
    tôi không hiểu gì cả
    anh yêu em nhiều lắm
    cảm ơn bạn rất nhiều
    mày ngu quá đi
    chúc mừng sinh nhật bạn
    bài hát này hay ghê
    im mồm đi nhé
    ăn cơm chưa em
    buồn ngủ quá rồi
    hôm qua chúng tôi đi biển nhưng trời mưa suốt buổi chiều
    có ai biết trận đấu ngày mai bắt đầu lúc mấy giờ không
    không thể tin được là bạn vẫn còn nói chuyện với người đó
    chị tôi mới mua một chiếc xe và đã làm xước nó
    nếu không thích video thì đừng xem nữa
    con chó nhà hàng xóm sủa cả đêm nên tôi không ngủ được
    bài này làm tôi nhớ bà ngoại ở quê quá
    không ai hỏi ý kiến của bạn cả nên im đi
    chúng tôi lỡ chuyến tàu và phải chờ một tiếng
    minh khong thich phim nay vi no qua dai va chan`,
  tl: `
    ang ganda mo naman
    mahal na mahal kita
    salamat sa tulong mo
    wala akong maintindihan
    ang bobo mo talaga
    magandang umaga sa inyo
    kumain ka na ba
    tumahimik ka nga diyan
    gusto ko itong kanta
    saan ka pupunta mamaya
    kahapon pumunta kami sa dagat pero umulan buong hapon
    alam niyo ba kung anong oras magsisimula ang laro bukas
    hindi ako makapaniwala na kinakausap mo pa rin siya
    bumili ang kapatid ko ng bagong kotse at nagasgasan agad
    kung ayaw mo ng video huwag mo na lang panoorin
    ang init ngayong araw at tinatamad akong magtrabaho
    tumahol ang aso ng kapitbahay buong gabi kaya hindi ako nakatulog
    walang nagtatanong ng opinyon mo kaya manahimik ka
    naaalala ko ang lola ko sa probinsya dahil sa kantang ito
    hindi ko alam kung bakit galit na galit sila sa akin`,
  hi: `
    kya baat hai bhai
    mujhe kuch samajh nahi aaya
    tum bahut acche ho
    bahut bahut dhanyavaad aapka
    tu pagal hai kya
    kahan ja rahe ho
    yeh gaana bahut accha hai
    chup kar yaar
    mai tumse pyar karta hu
    aaj mausam kitna suhana hai
    kal hum log bazaar gaye the lekin bahut barish ho gayi
    kisi ko pata hai ki match kitne baje shuru hoga
    mujhe yakeen nahi hota ki tum abhi bhi usse baat karte ho
    meri behen ne nayi gaadi kharidi aur pehle din hi thok di
    agar video pasand nahi hai to mat dekho bhai
    aaj bahut garmi hai aur kaam karne ka mann nahi hai
    padosi ka kutta puri raat bhonkta raha isliye neend nahi aayi
    kisi ne tumhari rai nahi maangi isliye chup raho
    yeh gaana sunke mujhe apne gaon ki yaad aa gayi
    bhai tumne to dil jeet liya bahut badhiya kaam kiya`,
}
